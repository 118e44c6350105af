//! A running server, and somebody who watches its stream of events.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use torvan_server::server;

use crate::site::{Client, Site};

/// Longest time that a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that listens.
#[derive(Debug)]
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    tell: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Serves a site on a port of this machine, as the product does.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn begin(site: &Site) -> Self {
        let listener = server::listen("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, told) = oneshot::channel::<()>();
        let serving = tokio::spawn(server::serve(listener, site.app(), async move {
            let _ = told.await;
        }));
        Self { address, tell, serving }
    }

    /// Tells the server to end and waits until it did.
    ///
    /// # Panics
    /// When it failed.
    pub async fn end(self) {
        let _ = self.tell.send(());
        self.serving.await.expect("served");
    }
}

/// What came in one piece.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Name; empty for what happened.
    pub name: String,
    /// Place in the stream.
    pub id: Option<i64>,
    /// What was said; null for a comment.
    pub data: Value,
    /// Comment.
    pub comment: String,
}

/// Somebody who watches.
#[derive(Debug)]
pub struct Watching {
    /// Status of the answer.
    pub status: u16,
    /// Lines of its head.
    pub head: Vec<String>,
    reader: BufReader<TcpStream>,
}

impl Watching {
    /// Watches as a client does.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn begin(client: &Client, address: SocketAddr, query: &str, last: Option<i64>) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let mut request = format!("GET /api/v1/events{query} HTTP/1.0\r\nHost: torvan.test\r\n");
        for (name, value) in client.credentials() {
            request.extend([name, ": ", &value, "\r\n"]);
        }
        if let Some(last) = last {
            request.extend(["Last-Event-ID: ", &last.to_string(), "\r\n"]);
        }
        request.push_str("Accept-Encoding: gzip\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut watching = Self { status: 0, head: Vec::new(), reader: BufReader::new(stream) };
        while let Some(line) = watching.line().await.filter(|line| !line.is_empty()) {
            watching.head.push(line.to_lowercase());
        }
        let status = watching.head.first().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        watching.status = status.expect("a status");
        watching
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.reader.read_line(&mut line)).await;
        // A connection that was cut ends the stream as one that was closed.
        let read = read.expect("something came in time").unwrap_or(0);
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The next piece; none when the stream is over.
    ///
    /// # Panics
    /// When nothing comes for long.
    pub async fn next(&mut self) -> Option<Told> {
        let mut told = Told::default();
        loop {
            let line = self.line().await?;
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if line.is_empty() => return Some(told),
                "" => value.clone_into(&mut told.comment),
                "event" => value.clone_into(&mut told.name),
                "id" => told.id = value.parse().ok(),
                "data" => told.data = serde_json::from_str(value).expect("JSON"),
                _ => {}
            }
        }
    }

    /// The next thing that happened.
    ///
    /// # Panics
    /// When the stream ends before.
    pub async fn next_event(&mut self) -> Told {
        loop {
            let told = self.next().await.expect("the stream goes on");
            if told.name.is_empty() && told.comment.is_empty() {
                return told;
            }
        }
    }

    /// Comments until the stream ends.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut comments = Vec::new();
        while let Some(told) = self.next().await {
            comments.push(told.comment);
        }
        comments
    }
}
