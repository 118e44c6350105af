//! What must hold for every page: nothing refused by the security policy, no error of a script, nothing wider than the window,
//! nothing that moves while it is painted, little to load, no key in place of words, every control reached by the keyboard with
//! a focus that is seen, and WCAG 2.2 AA as far as axe-core finds it. Pictures are left for people.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::browser::{Browser, key};

/// Widths at which pages are used: a phone, a tablet of the shop floor, a desk.
const WIDTHS: [u32; 3] = [390, 1024, DESK];
const DESK: u32 = 1440;

/// Bytes of compressed HTML that a page may have.
const MOST_BYTES: u64 = 50 * 1024;

/// Most strokes of the tabulator for each control: some, as dates, have several stops.
const STROKES: usize = 5;

/// A cookie that a page in another language sets.
const LANGUAGE_COOKIE: &str = "__Host-torvan-language";

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, at: &str, found: &Value) {
        let found = found.as_array().into_iter().flatten().filter_map(Value::as_str);
        self.0.extend(found.map(|fault| format!("{at}: {fault}")));
    }

    /// Says all of it at once.
    pub(crate) fn judge(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// Looks at a page as it stands, for what is shown once only: in every width and theme.
pub(crate) async fn look(browser: &Browser, name: &str) {
    let mut findings = Findings::default();
    for width in WIDTHS {
        browser.width(width).await;
        size(browser, name, width, &mut findings).await;
    }
    whole(browser, name, &mut findings).await;
    findings.judge();
}

/// Opens a page and looks at it: loaded anew for each width, and in French.
pub(crate) async fn look_at(browser: &Browser, name: &str, path: &str) {
    let mut findings = Findings::default();
    find(browser, name, path, &mut findings).await;
    findings.judge();
}

/// As [`look_at`], for one of several pages.
pub(crate) async fn find(browser: &Browser, name: &str, path: &str, findings: &mut Findings) {
    // French is longer: where there is the least room.
    browser.width(WIDTHS[0]).await;
    browser.open(&in_french(path)).await;
    let at = format!("{name} in French");
    if browser.property("html", "lang").await != "fr" {
        findings.0.push(format!("{at}: it is not"));
    }
    findings.add(&at, &standing(browser).await);
    browser.forget(LANGUAGE_COOKIE).await;
    for width in WIDTHS {
        browser.width(width).await;
        browser.open(path).await;
        let status = navigation(browser, "responseStatus").await;
        if (status == 200) == name.starts_with("error-") {
            findings
                .0
                .push(format!("{name}: answered with {status}; a page that is an error is named `error-`"));
        }
        size(browser, name, width, findings).await;
    }
    whole(browser, name, findings).await;
}

/// Opens a page once, at a desk: it must stand, weigh little, and the browser must complain of nothing. What the state of a record
/// refuses is a whole page too.
pub(crate) async fn glance_at(
    browser: &Browser,
    name: &str,
    path: &str,
    answers: &[u64],
    findings: &mut Findings,
) {
    browser.open(path).await;
    let status = navigation(browser, "responseStatus").await;
    if !answers.contains(&status) {
        findings.0.push(format!("{name}: answered with {status}, one of {answers:?} is expected"));
    }
    let shown = browser.script("return location.pathname", &[]).await;
    if shown.as_str() != path.split('?').next() {
        findings.0.push(format!("{name}: led on to {shown}"));
    }
    findings.add(name, &standing(browser).await);
    if navigation(browser, "encodedBodySize").await > MOST_BYTES {
        findings.0.push(format!("{name}: more than {MOST_BYTES} bytes of compressed HTML"));
    }
    findings.add(name, &json!(browser.complaints().await));
}

fn in_french(path: &str) -> String {
    let (path, place) = path.split_once('#').unwrap_or((path, ""));
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}lang=fr#{place}")
}

/// In one width: structure, pictures in both themes. Of what axe-core looks at each is seen once: narrow and wide, light and dark.
async fn size(browser: &Browser, name: &str, width: u32, findings: &mut Findings) {
    let at = format!("{name}-{width}");
    findings.add(&at, &standing(browser).await);
    browser.shot(&format!("{at}-light")).await;
    if width == 390 {
        findings.add(&at, &accessibility(browser).await);
        return;
    }
    browser.theme("dark").await;
    browser.shot(&format!("{at}-dark")).await;
    if width == DESK {
        findings.add(&format!("{at}-dark"), &accessibility(browser).await);
    }
    browser.theme("light").await;
}

/// What does not depend on the width.
async fn whole(browser: &Browser, name: &str, findings: &mut Findings) {
    let bytes = navigation(browser, "encodedBodySize").await;
    if bytes > MOST_BYTES {
        findings.0.push(format!("{name}: {bytes} bytes of compressed HTML, {MOST_BYTES} are allowed"));
    }
    findings.add(name, &json!(keyboard(browser).await));
    findings.add(name, &json!(browser.complaints().await));
}

/// What does not hold for the page as it stands.
async fn standing(browser: &Browser) -> Value {
    let settled =
        "const done = arguments[arguments.length - 1]; window.torvanSeen.settled().then(done, done)";
    browser.script_until_done(settled, &[]).await;
    browser.script(include_str!("look.js"), &[json!(*WORDS_LIKE_KEYS)]).await
}

/// Words of the catalogues that could be keys of one.
static WORDS_LIKE_KEYS: LazyLock<Vec<String>> = LazyLock::new(words_like_keys);

fn words_like_keys() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/torvan-server/i18n");
    let languages = std::fs::read_dir(folder)
        .expect("the languages")
        .map(|language| language.expect("a language").path());
    let files = languages.flat_map(|language| std::fs::read_dir(language).expect("the catalogues"));
    let paths = files.map(|file| file.expect("a catalogue").path());
    // What the database says stands in folders beside them.
    let catalogues = paths.filter(|path| path.extension().is_some_and(|ending| ending == "ftl"));
    let texts = catalogues.map(|path| std::fs::read_to_string(path).expect("a catalogue"));
    let is_like = |word: &&str| {
        word.contains('-') && word.bytes().all(|sign| sign.is_ascii_lowercase() || sign == b'-')
    };
    let words = |text: String| -> Vec<String> {
        text.lines()
            .filter_map(|line| Some(line.split_once(" = ")?.1))
            .filter(is_like)
            .map(str::to_owned)
            .collect()
    };
    texts.flat_map(words).collect()
}

/// What the browser measured of the page's own request.
async fn navigation(browser: &Browser, what: &str) -> u64 {
    let script = "return performance.getEntriesByType('navigation')[0][arguments[0]]";
    browser.script(script, &[what.into()]).await.as_u64().expect("a number")
}

/// axe-core's rules of WCAG 2.2 A and AA, and its good practices.
async fn accessibility(browser: &Browser) -> Value {
    let script = r#"
        const done = arguments[arguments.length - 1];
        if (!window.axe) window.torvanAxe();
        const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"], preload: false }).then(
          ({ violations }) => done(violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 120)} (${node.failureSummary.split("\n").slice(1).join("; ").slice(0, 200)})`))),
          (error) => done([String(error)]));
    "#;
    browser.script_until_done(script, &[]).await
}

/// Walks through the page by the tabulator.
async fn keyboard(browser: &Browser) -> Vec<String> {
    let controls = browser.script(include_str!("keyboard.js"), &[]).await.as_u64().expect("a number");
    let strokes = usize::try_from(controls).expect("a number") + 2;
    let missing = "return window.torvanKeyboard.missing()";
    for _ in 0..STROKES {
        browser.press(&key::TAB.repeat(strokes)).await;
        if browser.script(missing, &[]).await == json!([]) {
            break;
        }
    }
    let found = browser
        .script("const { missing, dark } = window.torvanKeyboard; return [...missing(), ...dark()]", &[])
        .await;
    serde_json::from_value(found).expect("texts")
}
