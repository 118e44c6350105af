//! A browser at a site, as a person uses it.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::driver::Session;

/// Keys that are no letters.
pub(crate) mod key {
    pub(crate) const TAB: &str = "\u{e004}";
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const LEFT: &str = "\u{e012}";
    pub(crate) const RIGHT: &str = "\u{e014}";
    pub(crate) const DOWN: &str = "\u{e015}";
}

const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How a browser is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) scripts: bool,
    /// Style sheets, letters and icons; without them pages are there sooner.
    pub(crate) looks: bool,
    pub(crate) language: &'static str,
    pub(crate) agent: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { scripts: true, looks: true, language: "en-US,en", agent: None }
    }
}

/// A browser at a site.
#[derive(Debug)]
pub(crate) struct Browser {
    session: Session,
    site: String,
}

impl Browser {
    /// A browser at this site (`http://localhost:port`).
    pub(crate) async fn at(site: &str, setup: Setup) -> Self {
        let session = Session::start(setup.language).await;
        for source in [include_str!("watch.js"), AXE.as_str()] {
            session.tool("Page.addScriptToEvaluateOnNewDocument", json!({"source": source})).await;
        }
        if !setup.scripts {
            session.tool("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        }
        if !setup.looks {
            session.tool("Network.enable", json!({})).await;
            session.tool("Network.setBlockedURLs", json!({"urls": ["*.css", "*.woff2", "*.svg"]})).await;
        }
        if let Some(agent) = setup.agent {
            session.tool("Emulation.setUserAgentOverride", json!({"userAgent": agent})).await;
        }
        let browser = Self { session, site: site.to_owned() };
        browser.width(1440).await;
        browser.theme("light").await;
        browser
    }

    /// Width of the window, in a usual height for it.
    pub(crate) async fn width(&self, width: u32) {
        let height = match width {
            1440 => 900,
            1024 => 768,
            _ => 844,
        };
        let values = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.session.tool("Emulation.setDeviceMetricsOverride", values).await;
    }

    /// Light or dark; nothing moves, so that a picture is always the same.
    pub(crate) async fn theme(&self, theme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.session.tool("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Takes a cookie over.
    pub(crate) async fn keep(&self, name: &str, value: &str) {
        let cookie = json!({"name": name, "value": value, "url": self.site, "path": "/", "secure": true, "httpOnly": true, "sameSite": "Lax"});
        self.session.tool("Network.setCookie", cookie).await;
    }

    /// Forgets a cookie.
    pub(crate) async fn forget(&self, name: &str) {
        self.session.tool("Network.deleteCookies", json!({"name": name, "url": self.site})).await;
    }

    /// Opens a path of the site.
    pub(crate) async fn open(&self, path: &str) {
        let opened = self.session.post("url", json!({"url": format!("{}{path}", self.site)})).await;
        opened.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Path and query of the page that is shown.
    pub(crate) async fn place(&self) -> String {
        let url = self.session.get("url").await.expect("a place");
        let url = url.as_str().unwrap_or_default();
        url.strip_prefix(&self.site).unwrap_or(url).to_owned()
    }

    /// Waits until this page is shown; what follows its path counts only where it is asked for.
    pub(crate) async fn wait_for(&self, place: &str) {
        for _ in 0..200 {
            let here = self.place().await;
            let path = here.split(['?', '#']).next().unwrap_or_default();
            if path == place || place.contains('?') && here.starts_with(place) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("still at {}, not {place}: {}", self.place().await, self.text("main").await);
    }

    /// Waits until a script says yes.
    pub(crate) async fn wait_until(&self, script: &str) {
        for _ in 0..200 {
            if self.script(script, &[]).await == Value::Bool(true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never at {}: {script}", self.place().await);
    }

    async fn element(&self, selector: &str) -> Option<String> {
        let found =
            self.session.post("element", json!({"using": "css selector", "value": selector})).await.ok()?;
        Some(found[ELEMENT].as_str()?.to_owned())
    }

    async fn find(&self, selector: &str) -> String {
        match self.element(selector).await {
            Some(found) => found,
            None => panic!("no {selector} at {}: {}", self.place().await, self.text("body").await),
        }
    }

    /// Does something with what is there now: a page that answers in between has other elements in the same places.
    async fn act(&self, selector: &str, command: &str, values: Value) {
        for _ in 0..20 {
            let element = self.find(selector).await;
            match self.session.post(&format!("element/{element}/{command}"), values.clone()).await {
                Err(error) if error.contains("stale element") => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                done => {
                    done.unwrap_or_else(|error| panic!("{selector}: {error}"));
                    return;
                }
            }
        }
        panic!("{selector} never stays");
    }

    /// Whether there is such an element.
    pub(crate) async fn has(&self, selector: &str) -> bool {
        self.element(selector).await.is_some()
    }

    /// What a person reads in an element; nothing where it is missing.
    pub(crate) async fn text(&self, selector: &str) -> String {
        self.texts(selector).await.into_iter().next().unwrap_or_default()
    }

    /// What a person reads in all such elements.
    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.checkVisibility() ? one.innerText.trim() : '')";
        let found = self.script(script, &[selector.into()]).await;
        serde_json::from_value(found).expect("texts")
    }

    /// An attribute or a property of an element, as text.
    pub(crate) async fn property(&self, selector: &str, name: &str) -> String {
        let script = "const one = document.querySelector(arguments[0]); return String(one?.[arguments[1]] ?? one?.getAttribute(arguments[1]) ?? '')";
        self.script(script, &[selector.into(), name.into()]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Title of the page.
    pub(crate) async fn title(&self) -> String {
        self.session.get("title").await.expect("a title").as_str().unwrap_or_default().to_owned()
    }

    /// The page as HTML.
    pub(crate) async fn source(&self) -> String {
        self.session.get("source").await.expect("a page").as_str().unwrap_or_default().to_owned()
    }

    /// Types into a field, in the place of what is there.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        let selector = format!("[name=\"{name}\"]");
        self.act(&selector, "clear", json!({})).await;
        self.act(&selector, "value", json!({"text": value})).await;
    }

    /// Puts a value into a field at once. The driver empties a field before it types, and a page that follows each change would answer
    /// to the empty one.
    pub(crate) async fn put(&self, name: &str, value: &str) {
        let script = "const entry = document.getElementsByName(arguments[0])[0]; entry.value = arguments[1];
            for (const kind of ['input', 'change']) entry.dispatchEvent(new Event(kind, { bubbles: true }))";
        let _ = self.script(script, &[json!(name), json!(value)]).await;
    }

    /// Chooses a file of this machine.
    pub(crate) async fn choose(&self, selector: &str, path: &str) {
        self.act(selector, "value", json!({"text": path})).await;
    }

    /// What a field holds.
    pub(crate) async fn value(&self, name: &str) -> String {
        self.property(&format!("[name=\"{name}\"]"), "value").await
    }

    /// Clicks on an element.
    pub(crate) async fn click(&self, selector: &str) {
        self.act(selector, "click", json!({})).await;
    }

    /// Presses the primary button, by which a form is sent, and waits for what comes of it.
    pub(crate) async fn send(&self) {
        let noted = "window.torvanSent = true; document.addEventListener('htmx:afterRequest', () => { window.torvanSent = false; })";
        self.script(noted, &[]).await;
        self.click("main .button.primary").await;
        self.wait_until("return !window.torvanSent").await;
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|sign| {
            let sign = sign.to_string();
            [json!({"type": "keyDown", "value": sign}), json!({"type": "keyUp", "value": sign})]
        });
        let strokes: Vec<Value> = strokes.collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.session.post("actions", actions).await.expect("pressed");
    }

    /// Name, address or id of what has the focus.
    pub(crate) async fn focus(&self) -> String {
        let script = "const one = document.activeElement; return one.name || one.getAttribute('href') || one.id || one.tagName";
        self.script(script, &[]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str, values: &[Value]) -> Value {
        let done = self.session.post("execute/sync", json!({"script": script, "args": values})).await;
        done.unwrap_or_else(|error| panic!("{error} in {script:.200}"))
    }

    /// Runs a script that calls its last argument when it is done.
    pub(crate) async fn script_until_done(&self, script: &str, values: &[Value]) -> Value {
        let done = self.session.post("execute/async", json!({"script": script, "args": values})).await;
        done.unwrap_or_else(|error| panic!("{error} in {script:.200}"))
    }

    /// What the browser complained about since the last time: refused by the security policy, or an error of a script. That a
    /// page is a refusal (4xx) is no complaint.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.session.post("se/log", json!({"type": "browser"})).await.expect("the log");
        let messages = log.as_array().into_iter().flatten().filter_map(|entry| entry["message"].as_str());
        let is_refusal = |message: &&str| {
            message.contains("Failed to load resource: the server responded with a status of 4")
                && !message.contains("/assets/")
        };
        messages.filter(|message| !is_refusal(message)).map(str::to_owned).collect()
    }

    /// Nothing was complained about since the last time.
    pub(crate) async fn is_content(&self) {
        assert_eq!(self.complaints().await, [""; 0], "at {}", self.place().await);
    }

    /// A picture of the window, kept as `NAME.png` in `screens` of the build folder.
    pub(crate) async fn shot(&self, name: &str) {
        let picture = self.session.get("screenshot").await.expect("a picture");
        keep_picture(name, picture.as_str().unwrap_or_default());
    }

    /// The same with a palette, for a document.
    pub(crate) async fn small_shot(&self, name: &str) {
        let picture = self.session.get("screenshot").await.expect("a picture");
        let small = self.script_until_done(include_str!("shrink.js"), &[picture, json!(COLOURS)]).await;
        keep_picture(name, small.as_str().unwrap_or_default());
    }
}

/// axe-core, in every page and run in those that are looked at by it: sent anew for each look, it would take longer than the look.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/web/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(file).expect("axe-core; mend: script/bootstrap");
    format!("window.torvanAxe = () => {{ {axe}\n}};")
});

/// Colours of a small picture.
const COLOURS: u8 = 250;

fn keep_picture(name: &str, base64: &str) {
    let picture =
        BASE64_STANDARD.decode(base64).unwrap_or_else(|error| panic!("{name}: {error}: {base64:.200}"));
    let place = screens().join(format!("{name}.png"));
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    std::fs::write(place, picture).expect("written");
}

/// Where pictures are left.
pub(crate) fn screens() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    built.parent().map_or(built.clone(), std::path::Path::to_owned).join("screens")
}
