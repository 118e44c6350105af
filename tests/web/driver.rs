//! Chromium under its driver, by the `WebDriver` protocol: as much of it as the tests use. A crate for it would make every other
//! crate of the workspace be built with other features (see docs/dependencies.md).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The browser asks nobody outside for anything, and ends when its driver does: the pipe between them is gone then.
const FLAGS: [&str; 14] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-features=PasswordLeakDetection,Translate,OptimizationHints,MediaRouter",
    "--hide-scrollbars",
];

/// Time that the driver gets to end its browser.
const FAREWELL: Duration = Duration::from_secs(10);

/// The driver of this process; it ends with the last browser.
#[derive(Debug)]
struct Driver {
    process: Child,
    port: u16,
    client: reqwest::Client,
}

static DRIVER: Mutex<Weak<Driver>> = Mutex::new(Weak::new());

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The driver ends with the thread that started it, even where that one is killed.
fn command() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "chromedriver", "--port=0"]);
    command
}

impl Driver {
    fn shared() -> Arc<Self> {
        let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = driver.upgrade() {
            return running;
        }
        let started = Arc::new(Self::start());
        *driver = Arc::downgrade(&started);
        started
    }

    /// Starts it on a free port, and reads which one it took.
    fn start() -> Self {
        let mut process = command()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("setpriv and chromedriver; mend: script/bootstrap");
        let mut lines = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let length = lines.read_line(&mut line).expect("a line");
            assert!(length > 0, "chromedriver ended before it said its port; mend: script/bootstrap");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').parse().expect("a port");
            }
        };
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { process, port, client }
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: &Value) -> Result<Value, String> {
        let mut request =
            self.client.request(method.clone(), format!("http://127.0.0.1:{}{path}", self.port));
        if method == reqwest::Method::POST {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let is_good = answer.status().is_success();
        let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        if is_good { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
    }
}

/// A browser with an empty profile, which goes away with it.
#[derive(Debug)]
pub(crate) struct Session {
    driver: Arc<Driver>,
    path: String,
    _profile: TempDir,
}

impl Drop for Session {
    /// The profile can only go when nobody writes to it.
    fn drop(&mut self) {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.driver.port)) else { return };
        let _ = stream.set_read_timeout(Some(FAREWELL));
        let _ =
            write!(stream, "DELETE {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.path);
        let _ = stream.read(&mut [0; 64]);
    }
}

impl Session {
    /// Starts a browser in a language.
    pub(crate) async fn start(language: &str) -> Self {
        let driver = Driver::shared();
        let profile = tempfile::tempdir().expect("a folder");
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push(format!("--accept-lang={language}"));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = driver.ask(reqwest::Method::POST, "/session", &wanted).await;
        let session = session.unwrap_or_else(|error| panic!("chromium; mend: script/bootstrap: {error}"));
        let path = format!("/session/{}", session["sessionId"].as_str().expect("a session"));
        Self { driver, path, _profile: profile }
    }

    /// Asks the browser something.
    pub(crate) async fn get(&self, command: &str) -> Result<Value, String> {
        let path = format!("{}/{command}", self.path);
        self.driver.ask(reqwest::Method::GET, &path, &Value::Null).await
    }

    /// Tells the browser to do something.
    pub(crate) async fn post(&self, command: &str, body: Value) -> Result<Value, String> {
        let path = format!("{}/{command}", self.path);
        self.driver.ask(reqwest::Method::POST, &path, &body).await
    }

    /// One of the browser's own tools for developers.
    pub(crate) async fn tool(&self, name: &str, values: Value) -> Value {
        let done = self.post("goog/cdp/execute", json!({"cmd": name, "params": values})).await;
        done.unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}
