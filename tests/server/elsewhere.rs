//! Places of contents outside the database, for tests: a folder, and a real S3 server in this process.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use torvan_server::app::Settings;
use torvan_server::contents::{BucketAccess, Contents, Location};

const KEY_ID: &str = "AKIATORVANTEST";
const SECRET: &str = "a-secret-of-the-tests";
const BUCKET: &str = "plant";
const PREFIX: &str = "torvan/contents";

/// A place for contents, gone with the test.
pub(crate) struct Elsewhere {
    folder: TempDir,
    location: Location,
    access: BucketAccess,
    server: Option<JoinHandle<()>>,
}

impl Elsewhere {
    /// An empty folder that is the server's own.
    pub(crate) fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("closed");
        let location = Location::Folder(folder.path().to_owned());
        Self { folder, location, access: BucketAccess::default(), server: None }
    }

    /// An S3 server with an empty bucket.
    pub(crate) async fn s3() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("store").join(BUCKET)).expect("a bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let credentials = written(folder.path(), "credentials", SECRET);
        let access = BucketAccess {
            endpoint: Some(endpoint),
            region: Some("us-east-1".to_owned()),
            credentials: Some(credentials),
        };
        let server = Some(served(listener, &folder.path().join("store")));
        Self { folder, location: location(), access, server }
    }

    /// The same place with a secret that is not right.
    pub(crate) fn with_wrong_secret(&self) -> BucketAccess {
        let credentials = Some(written(self.folder.path(), "wrong", "another-secret"));
        BucketAccess { credentials, ..self.access.clone() }
    }

    /// Where it is.
    pub(crate) fn location(&self) -> Location {
        self.location.clone()
    }

    /// How it is reached.
    pub(crate) fn access(&self) -> &BucketAccess {
        &self.access
    }

    /// The place alone.
    pub(crate) fn contents(&self) -> Contents {
        Contents::open(&[self.location()], &self.access).expect("a place")
    }

    /// Settings of a server whose new contents go there.
    pub(crate) fn settings(&self) -> Settings {
        Settings { contents: Arc::new(self.contents()), ..Settings::default() }
    }

    /// Ends the S3 server, or takes the folder away.
    pub(crate) fn break_down(&mut self) {
        match self.server.take() {
            Some(server) => server.abort(),
            None => std::fs::rename(self.folder.path(), self.moved_away()).expect("gone"),
        }
    }

    /// Undoes [`Elsewhere::break_down`].
    pub(crate) async fn repair(&mut self) {
        let Some(endpoint) = &self.access.endpoint else {
            return std::fs::rename(self.moved_away(), self.folder.path()).expect("back");
        };
        let address = endpoint.trim_start_matches("http://");
        let listener = TcpListener::bind(address).await.expect("the same port");
        self.server = Some(served(listener, &self.folder.path().join("store")));
    }

    fn moved_away(&self) -> PathBuf {
        self.folder.path().with_extension("away")
    }

    /// The files that hold the objects.
    pub(crate) fn objects(&self) -> Vec<PathBuf> {
        let root = match &self.location {
            Location::Bucket { .. } => self.folder.path().join("store").join(BUCKET),
            _ => self.folder.path().to_owned(),
        };
        let mut found = Vec::new();
        let mut waiting = vec![root];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

fn location() -> Location {
    format!("s3://{BUCKET}/{PREFIX}").parse().expect("a bucket")
}

fn written(folder: &Path, name: &str, secret: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY={secret}\n"))
        .expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("closed");
    path
}

fn served(listener: TcpListener, store: &Path) -> JoinHandle<()> {
    let mut service = S3ServiceBuilder::new(FileSystem::new(store).expect("a store"));
    service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    let service = service.build();
    tokio::spawn(async move {
        // Connections end with the server.
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            connections.spawn(async move {
                let _ =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}
