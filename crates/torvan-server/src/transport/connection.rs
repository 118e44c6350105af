//! One connection: TLS, then HTTP/1.1 or HTTP/2, until one side ends it or it has been silent for too long.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::{Error, Router};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::Patience;
use super::activity::{Activity, UnderWay, Verdict, Watched};
use super::tls::Tls;

/// How often a connection is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Longest head of a request, and what of an answer waits for its reader.
const MOST_BUFFERED: usize = 64 * 1024;

/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 100;

/// First byte of every TLS connection: a handshake record.
const HANDSHAKE: u8 = 22;

const PLAIN_REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis server speaks TLS: write https:// in front of its address.\n";

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) patience: Patience,
    builder: Builder<TokioExecutor>,
}

impl Shared {
    pub(super) fn new(router: Router, tls: Option<Arc<Tls>>, patience: Patience) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        // Silence is timed by `Activity`, which knows both protocols; here it must not end what is still allowed there.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MOST_BUFFERED);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(u32::try_from(MOST_BUFFERED).unwrap_or(u32::MAX));
        Self { router, tls, patience, builder }
    }
}

/// Serves a connection to its end.
pub(super) async fn attend(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    ending: watch::Receiver<bool>,
) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &shared.tls else {
        let activity = Activity::begun_at(Instant::now(), shared.patience);
        return converse(&shared, Watched::new(stream, Arc::clone(&activity)), activity, peer, ending).await;
    };
    let shaking = shake_hands(tls, stream, shared.patience);
    match tokio::time::timeout(shared.patience.beginning, shaking).await {
        Ok(Some((stream, activity))) => converse(&shared, stream, activity, peer, ending).await,
        Ok(None) => {}
        Err(_) => tracing::debug!(client = %peer.ip(), "a TLS handshake took too long"),
    }
}

type Shaken = (tokio_rustls::server::TlsStream<Watched<TcpStream>>, Arc<Activity>);

async fn shake_hands(tls: &Tls, mut stream: TcpStream, patience: Patience) -> Option<Shaken> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first != [HANDSHAKE] {
        let _ = stream.write_all(PLAIN_REFUSED).await;
        let _ = stream.shutdown().await;
        return None;
    }
    let activity = Activity::begun_at(Instant::now(), patience);
    match tls.acceptor().accept(Watched::new(stream, Arc::clone(&activity))).await {
        Ok(stream) => {
            activity.begin_anew();
            Some((stream, activity))
        }
        Err(error) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
    }
}

async fn converse(
    shared: &Shared,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    activity: Arc<Activity>,
    peer: SocketAddr,
    mut ending: watch::Receiver<bool>,
) {
    let (router, counted) = (shared.router.clone(), Arc::clone(&activity));
    let service = service_fn(move |request: Request<Incoming>| {
        answered(router.clone(), request, peer, counted.request())
    });
    let mut connection = pin!(shared.builder.serve_connection(TokioIo::new(stream), service));
    let mut look = tokio::time::interval(LOOK);
    let mut told: Option<Instant> = None;
    loop {
        let is_to_end = tokio::select! {
            outcome = connection.as_mut() => return ended(outcome.err().as_deref()),
            _ = ending.wait_for(|is_ending| *is_ending), if told.is_none() => true,
            _ = look.tick() => match activity.verdict(Instant::now()) {
                Verdict::Stay => false,
                Verdict::End => true,
                Verdict::Drop => return,
            },
        };
        if told.is_some_and(|told| activity.has_finished(told.elapsed())) {
            return;
        }
        if is_to_end && told.is_none() {
            connection.as_mut().graceful_shutdown();
            told = Some(Instant::now());
        }
    }
}

/// Clients go away as they like; that is worth a line only to somebody who looks for it.
fn ended(error: Option<&(dyn std::error::Error + Send + Sync)>) {
    if let Some(error) = error {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answered(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    under_way: UnderWay,
) -> Result<Response<Counted>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    name_the_host(&mut request);
    let response = router.oneshot(request).await?;
    Ok(response.map(|body| Counted { body, _under_way: under_way }))
}

/// HTTP/2 names the host in the target; what looks at requests finds it in the header, as HTTP/1.1 has it.
fn name_the_host(request: &mut Request) {
    let authority = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let (Some(host), false) = (authority, request.headers().contains_key(header::HOST)) {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// The body of an answer, under way until its last byte is sent.
#[derive(Debug)]
struct Counted {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
