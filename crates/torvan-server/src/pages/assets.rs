//! Style, script and drawings of pages: in the binary, under a name that holds their hash, so that browsers keep them for good.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::http::problem::{NOT_FOUND, Problem};

/// Letters of the hash in a name.
const HASH_LETTERS: usize = 12;

/// The style sheet, layer by layer; one component is one file.
const STYLE: &[&str] = &[
    include_str!("../../assets/css/tokens.css"),
    include_str!("../../assets/css/letters.css"),
    include_str!("../../assets/css/reset.css"),
    include_str!("../../assets/css/base.css"),
    include_str!("../../assets/css/door.css"),
    include_str!("../../assets/css/frame.css"),
    include_str!("../../assets/css/rail.css"),
    include_str!("../../assets/css/components/administration.css"),
    include_str!("../../assets/css/components/avatar.css"),
    include_str!("../../assets/css/components/board.css"),
    include_str!("../../assets/css/components/box.css"),
    include_str!("../../assets/css/components/bulk.css"),
    include_str!("../../assets/css/components/button.css"),
    include_str!("../../assets/css/components/calendar.css"),
    include_str!("../../assets/css/components/card.css"),
    include_str!("../../assets/css/components/catalogue.css"),
    include_str!("../../assets/css/components/chip.css"),
    include_str!("../../assets/css/components/choice.css"),
    include_str!("../../assets/css/components/codes.css"),
    include_str!("../../assets/css/components/configurator.css"),
    include_str!("../../assets/css/components/dashboard.css"),
    include_str!("../../assets/css/components/design.css"),
    include_str!("../../assets/css/components/dialog.css"),
    include_str!("../../assets/css/components/drawer.css"),
    include_str!("../../assets/css/components/drawing.css"),
    include_str!("../../assets/css/components/empty.css"),
    include_str!("../../assets/css/components/facts.css"),
    include_str!("../../assets/css/components/field.css"),
    include_str!("../../assets/css/components/menu.css"),
    include_str!("../../assets/css/components/notice.css"),
    include_str!("../../assets/css/components/notifications.css"),
    include_str!("../../assets/css/components/orders.css"),
    include_str!("../../assets/css/components/pager.css"),
    include_str!("../../assets/css/components/palette.css"),
    include_str!("../../assets/css/components/phase.css"),
    include_str!("../../assets/css/components/phases.css"),
    include_str!("../../assets/css/components/plot.css"),
    include_str!("../../assets/css/components/progress.css"),
    include_str!("../../assets/css/components/qr.css"),
    include_str!("../../assets/css/components/register.css"),
    include_str!("../../assets/css/components/report.css"),
    include_str!("../../assets/css/components/rows.css"),
    include_str!("../../assets/css/components/rules.css"),
    include_str!("../../assets/css/components/workflow.css"),
    include_str!("../../assets/css/components/search.css"),
    include_str!("../../assets/css/components/segments.css"),
    include_str!("../../assets/css/components/stamp.css"),
    include_str!("../../assets/css/components/status.css"),
    include_str!("../../assets/css/components/steps.css"),
    include_str!("../../assets/css/components/table.css"),
    include_str!("../../assets/css/components/timeline.css"),
    include_str!("../../assets/css/components/toast.css"),
    include_str!("../../assets/css/components/tools.css"),
    include_str!("../../assets/css/components/tree.css"),
    include_str!("../../assets/css/components/upload.css"),
    include_str!("../../assets/css/components/picking.css"),
    include_str!("../../assets/css/components/wizard.css"),
    include_str!("../../assets/css/utilities.css"),
];

/// The letters of western languages, and those of the rest of Latin script.
const LETTERS: &[u8] = include_bytes!(
    "../../assets/vendor/node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
);
const MORE_LETTERS: &[u8] = include_bytes!(
    "../../assets/vendor/node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2"
);

/// The script, part by part; one part is one thing that pages do.
const SCRIPT: &[&str] = &[
    include_str!("../../assets/js/app.js"),
    include_str!("../../assets/js/branches.js"),
    include_str!("../../assets/js/bulk.js"),
    include_str!("../../assets/js/configure.js"),
    include_str!("../../assets/js/dialogs.js"),
    include_str!("../../assets/js/drafts.js"),
    include_str!("../../assets/js/fields.js"),
    include_str!("../../assets/js/keys.js"),
    include_str!("../../assets/js/lists.js"),
    include_str!("../../assets/js/live.js"),
    include_str!("../../assets/js/tree.js"),
    include_str!("../../assets/js/uploads.js"),
];
const ICONS: &[&str] = &[include_str!("../../assets/art/icons.svg")];
const MARK: &[&str] = &[include_str!("../../assets/art/mark.svg")];

struct Asset {
    url: String,
    kind: &'static str,
    content: Bytes,
}

fn asset(name: &'static str, kind: &'static str, content: impl Into<Bytes>) -> (&'static str, Asset) {
    let content = content.into();
    let (stem, end) = name.split_once('.').unwrap_or((name, ""));
    let hash = crate::credentials::sha256_hex(&content);
    let url = format!("/assets/{stem}-{}.{end}", &hash[..HASH_LETTERS]);
    (name, Asset { url, kind, content })
}

/// The style sheet names its letters by their names here; what browsers read has their addresses.
fn style(letters: &BTreeMap<&'static str, Asset>) -> String {
    let named = |name: &str| format!("url(\"{name}\")");
    letters
        .iter()
        .fold(STYLE.concat(), |style, (name, asset)| style.replace(&named(name), &named(&asset.url)))
}

static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let mut assets = BTreeMap::from([
        asset("letters.woff2", "font/woff2", LETTERS),
        asset("more-letters.woff2", "font/woff2", MORE_LETTERS),
    ]);
    let style = style(&assets);
    assets.extend([
        asset("app.css", "text/css; charset=utf-8", style),
        asset("app.js", "text/javascript; charset=utf-8", SCRIPT.concat()),
        asset("icons.svg", "image/svg+xml", ICONS.concat()),
        asset("mark.svg", "image/svg+xml", MARK.concat()),
    ]);
    assets
});

/// Address of an asset; a name that there is not leads nowhere, and the tests find it.
pub(crate) fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("/assets/missing", |asset| asset.url.as_str())
}

/// Every address, for whoever checks that they can be read.
pub fn urls() -> impl Iterator<Item = &'static str> {
    ASSETS.values().map(|asset| asset.url.as_str())
}

/// `GET /assets/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let found = ASSETS.values().find(|asset| asset.url.strip_prefix("/assets/") == Some(name.as_str()));
    let Some(asset) = found else { return Problem::new(NOT_FOUND, NOT_FOUND.title).into_response() };
    let mut response = Response::new(asset.content.clone().into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, for_good);
    response
}
