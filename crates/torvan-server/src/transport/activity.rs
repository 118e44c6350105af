//! What a connection is doing, and whether that takes too long.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Patience;

/// How long a connection that was told to end may take to finish what is under way.
const FINISHING: Duration = Duration::from_mins(1);

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Activity {
    patience: Patience,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    begun: Instant,
    /// Requests whose answers are not wholly sent.
    under_way: usize,
    /// The last request ended then; none was there before.
    rested: Option<Instant>,
    /// First byte since.
    heard: Option<Instant>,
    /// The reader has taken nothing since.
    stalled: Option<Instant>,
}

/// What is to be done with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may stay.
    Stay,
    /// It has had its time: requests under way are finished, no new one is taken.
    End,
    /// It holds its place for nothing.
    Drop,
}

impl Activity {
    pub(super) fn begun_at(now: Instant, patience: Patience) -> Arc<Self> {
        let state = State { begun: now, under_way: 0, rested: None, heard: None, stalled: None };
        Arc::new(Self { patience, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request began; it ends when the guard is dropped.
    pub(super) fn request(self: &Arc<Self>) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        state.heard = None;
        UnderWay(Arc::clone(self))
    }

    /// The handshake is done: the time for the first request begins.
    pub(super) fn begin_anew(&self) {
        let mut state = self.state();
        state.begun = Instant::now();
        state.heard = None;
    }

    fn heard_at(&self, now: Instant) {
        let mut state = self.state();
        if state.under_way == 0 && state.heard.is_none() {
            state.heard = Some(now);
        }
    }

    fn wrote_at(&self, now: Instant, has_progress: bool) {
        let mut state = self.state();
        state.stalled = if has_progress { None } else { state.stalled.or(Some(now)) };
    }

    /// What is to be done with the connection at this moment.
    pub(super) fn verdict(&self, now: Instant) -> Verdict {
        let state = self.state();
        let is_over = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        if state.stalled.is_some_and(|since| is_over(since, self.patience.writing)) {
            return Verdict::Drop;
        }
        if state.under_way > 0 {
            return if is_over(state.begun, self.patience.life) { Verdict::End } else { Verdict::Stay };
        }
        match (state.heard, state.rested) {
            (Some(heard), _) if is_over(heard, self.patience.beginning) => Verdict::Drop,
            (None, None) if is_over(state.begun, self.patience.beginning) => Verdict::Drop,
            (None, Some(rested)) if is_over(rested, self.patience.idle) => Verdict::End,
            _ if is_over(state.begun, self.patience.life) => Verdict::End,
            _ => Verdict::Stay,
        }
    }

    /// Whether a connection that was told to end has had its time for that.
    pub(super) fn has_finished(&self, told: Duration) -> bool {
        let limit = if self.state().under_way > 0 { FINISHING } else { self.patience.beginning };
        told >= limit
    }
}

/// A request whose answer is not wholly sent.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0 {
            state.rested = Some(Instant::now());
            state.heard = None;
        }
    }
}

/// A stream that notes what comes and whether what goes is taken.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.heard_at(Instant::now());
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.activity.wrote_at(Instant::now(), outcome.is_ready());
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.activity.wrote_at(Instant::now(), outcome.is_ready());
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        let seconds = Duration::from_secs;
        Patience { beginning: seconds(10), idle: seconds(75), writing: seconds(30), life: seconds(3600) }
    }

    fn after(activity: &Activity, from: Instant, seconds: u64) -> Verdict {
        activity.verdict(from + Duration::from_secs(seconds))
    }

    #[test]
    fn who_says_nothing_or_half_a_head_is_dropped_after_ten_seconds() {
        let now = Instant::now();
        let silent = Activity::begun_at(now, patience());
        assert_eq!((after(&silent, now, 9), after(&silent, now, 10)), (Verdict::Stay, Verdict::Drop));
        drop(silent.request());
        let now = Instant::now();
        silent.heard_at(now);
        silent.heard_at(now + Duration::from_secs(9));
        assert_eq!((after(&silent, now, 9), after(&silent, now, 10)), (Verdict::Stay, Verdict::Drop));
    }

    #[test]
    fn between_requests_there_is_more_time_and_during_one_all_of_it() {
        let now = Instant::now();
        let activity = Activity::begun_at(now, patience());
        let request = activity.request();
        activity.heard_at(now);
        assert_eq!(after(&activity, now, 3599), Verdict::Stay);
        assert_eq!(after(&activity, now, 3600), Verdict::End);
        drop(request);
        let rested = Instant::now();
        assert_eq!(
            (after(&activity, rested, 74), after(&activity, rested, 76)),
            (Verdict::Stay, Verdict::End)
        );
        assert!(
            activity.has_finished(Duration::from_secs(10)) && !activity.has_finished(Duration::from_secs(9))
        );
    }

    #[test]
    fn a_reader_who_takes_nothing_is_dropped_and_one_who_takes_a_little_is_not() {
        let now = Instant::now();
        let activity = Activity::begun_at(now, patience());
        let _request = activity.request();
        activity.wrote_at(now, false);
        activity.wrote_at(now + Duration::from_secs(29), false);
        assert_eq!((after(&activity, now, 29), after(&activity, now, 30)), (Verdict::Stay, Verdict::Drop));
        activity.wrote_at(now, true);
        assert_eq!(after(&activity, now, 31), Verdict::Stay);
    }
}
