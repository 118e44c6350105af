//! Chromium under a driver of its own, with an empty profile that goes away.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities as _, LoggingPrefsLogLevel};

/// What the browser may do and what not; it asks nobody outside for anything.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
];

/// How a browser is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) scripts: bool,
    pub(crate) language: &'static str,
    pub(crate) agent: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { scripts: true, language: "en-US", agent: None }
    }
}

/// A browser at a site.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    site: String,
    process: Child,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the driver on a free port and reads which one it took.
fn start_driver() -> (Child, u16) {
    let mut process = Command::new("chromedriver")
        .args(["--port=0", "--allowed-ips="])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver; mend: script/bootstrap");
    let mut lines = BufReader::new(process.stdout.take().expect("its output"));
    let mut line = String::new();
    let port = loop {
        line.clear();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "chromedriver ended before it said its port");
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            break port.trim().trim_end_matches('.').parse().expect("a port");
        }
    };
    // What it says later must not fill the pipe.
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    (process, port)
}

fn capabilities(setup: Setup, profile: &TempDir) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    for flag in FLAGS {
        capabilities.add_arg(flag).expect("a flag");
    }
    let profile = format!("--user-data-dir={}", profile.path().display());
    capabilities.add_arg(&profile).expect("a flag");
    if let Some(agent) = setup.agent {
        capabilities.add_arg(&format!("--user-agent={agent}")).expect("a flag");
    }
    let mut preferences = json!({"intl.accept_languages": setup.language, "intl.selected_languages": setup.language});
    if !setup.scripts {
        preferences["profile.managed_default_content_settings.javascript"] = 2.into();
    }
    capabilities.add_experimental_option("prefs", preferences).expect("preferences");
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a log");
    capabilities
}

impl Browser {
    /// A browser at this site (`http://localhost:port`).
    pub(crate) async fn at(site: &str, setup: Setup) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let (process, port) = start_driver();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(setup, &profile))
            .await
            .expect("chromium; mend: script/bootstrap");
        let browser = Self { driver, site: site.to_owned(), process, _profile: profile };
        browser.width(1440).await;
        browser
    }

    async fn tool(&self, name: &str, values: serde_json::Value) {
        let tools = ChromeDevTools::new(self.driver.handle().clone());
        tools.execute_cdp_with_params(name, values).await.expect("a tool of the browser");
    }

    /// Width of the window, in a usual height for it.
    pub(crate) async fn width(&self, width: u32) {
        let height = match width {
            1440 => 900,
            1024 => 768,
            _ => 844,
        };
        let values = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tool("Emulation.setDeviceMetricsOverride", values).await;
    }

    /// Light or dark.
    pub(crate) async fn theme(&self, theme: &str) {
        let values = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.tool("Emulation.setEmulatedMedia", values).await;
    }

    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.site)).await.expect("the page");
    }

    /// Path and query of the page that is shown.
    pub(crate) async fn place(&self) -> String {
        let url = self.driver.current_url().await.expect("a place");
        url.as_str().strip_prefix(&self.site).unwrap_or(url.as_str()).to_owned()
    }

    /// Waits until the page is another one; the driver itself waits until it is loaded.
    pub(crate) async fn wait_for(&self, place: &str) {
        for _ in 0..100 {
            if self.place().await.starts_with(place) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("still at {}, not {place}: {}", self.place().await, self.text("main").await);
    }

    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        match self.driver.find(By::Css(selector)).await {
            Ok(found) => found,
            Err(_) => panic!("no {selector} at {}: {}", self.place().await, self.text("body").await),
        }
    }

    pub(crate) async fn has(&self, selector: &str) -> bool {
        self.driver.find(By::Css(selector)).await.is_ok()
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        match self.driver.find(By::Css(selector)).await {
            Ok(found) => found.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for found in self.driver.find_all(By::Css(selector)).await.expect("elements") {
            texts.push(found.text().await.expect("a text"));
        }
        texts
    }

    /// Types into a field, in the place of what is there.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        let field = self.find(&format!("input[name=\"{name}\"]")).await;
        field.clear().await.expect("an empty field");
        field.send_keys(value).await.expect("typed");
    }

    pub(crate) async fn value(&self, name: &str) -> String {
        let field = self.find(&format!("input[name=\"{name}\"]")).await;
        field.prop("value").await.expect("a value").unwrap_or_default()
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.expect("clicked");
    }

    /// Presses the primary button, by which a form is sent.
    pub(crate) async fn send(&self) {
        self.click("main .button.primary").await;
    }

    /// Name or id of what has the focus.
    pub(crate) async fn focus(&self) -> String {
        let active = self.driver.active_element().await.expect("an element");
        let name = active.attr("name").await.expect("an attribute");
        name.unwrap_or(active.attr("href").await.expect("an attribute").unwrap_or_default())
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: impl AsRef<str>) {
        let active = self.driver.active_element().await.expect("an element");
        active.send_keys(keys.as_ref()).await.expect("pressed");
    }

    /// What the browser complains about: refused by the security policy, or an error of a script.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.driver.handle().browser_log().await.expect("the log");
        let expected = |message: &str| message.contains("Failed to load resource: the server responded with a status of 4");
        log.into_iter().map(|entry| entry.message).filter(|message| !expected(message)).collect()
    }

    /// A picture of the page, kept under a name.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = screenshots();
        std::fs::create_dir_all(&folder).expect("a folder");
        let picture = self.driver.screenshot_as_png().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
    }

    pub(crate) async fn end(self) {
        let driver = self.driver.clone();
        driver.quit().await.expect("an end");
    }
}

fn screenshots() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    built.parent().map_or(built.clone(), std::path::Path::to_owned).join("web-screenshots")
}
