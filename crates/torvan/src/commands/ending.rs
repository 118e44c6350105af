//! The signals by which a person, a service manager or a closed terminal ends a server, or asks it to read its certificate again.

use std::io::IsTerminal as _;

use tokio::signal::unix::{Signal, SignalKind, signal};
use torvan_server::transport::tls::Tls;

/// What ends us.
pub(crate) struct Ending {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    has_terminal: bool,
}

impl Ending {
    /// Signals are ours from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            // Asked now: of a terminal that was closed nothing can be asked.
            has_terminal: has_terminal(),
        })
    }

    /// Waits for the end. A hangup is one where a terminal could be closed, or where there is nothing to read again; a service
    /// with a certificate reads it again.
    pub(crate) async fn come(&mut self, tls: Option<&Tls>) {
        let again = tls.filter(|_| !self.has_terminal);
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => match again {
                    Some(tls) => tls.reload_and_tell(),
                    None => return,
                },
            }
        }
    }
}

fn has_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}
