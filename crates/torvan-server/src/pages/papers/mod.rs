//! Papers: what pages show, set on sheets by `torvan-print`. A paper is made by reading what the page reads, in the same words;
//! here is what all of them have: letters, the plant's name and sheet, and how a paper becomes an answer.

pub(crate) mod bom;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use torvan_print::{Fonts, Paper, PrintError, Sheet, print};
use torvan_store::Context;

use super::data;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{BUSY, FAULT, FieldFault, Problem};
use crate::incoming::Incoming;
use crate::words::{Language, Words};

/// Media type of a paper.
pub(crate) const PDF: &str = "application/pdf";

const SETTINGS: ListSpec =
    ListSpec { relation: "site_settings", filters: &[], sorts: &["setting_code"], key: &[] };

/// A font of the vendor's files, as it is put into the binary.
macro_rules! letters {
    ($file:literal) => {
        include_bytes!(concat!("../../../assets/vendor/node_modules/", $file))
    };
}

static FONTS: LazyLock<Result<Fonts, PrintError>> = LazyLock::new(|| {
    Fonts::new(
        letters!("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf"),
        letters!("@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf"),
        letters!("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
    )
});

fn fault(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a paper could not be printed");
    Problem::new(FAULT, FAULT.title)
}

/// Who issues papers, and on what.
pub(super) struct Plant {
    pub(super) legal_name: String,
    pub(super) sheet: Sheet,
    /// Name of its time zone.
    pub(super) time_zone: String,
}

impl Plant {
    pub(super) async fn read(context: &mut Context) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Setting {
            setting_code: String,
            value: Value,
        }
        let rows: Vec<Setting> = data::rows(context, &SETTINGS, &[("limit", "100")]).await?;
        let settings: BTreeMap<String, Value> =
            rows.into_iter().map(|row| (row.setting_code, row.value)).collect();
        let text = |code: &str| settings.get(code).and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            legal_name: text("legal_name").to_owned(),
            time_zone: text("time_zone").to_owned(),
            sheet: Sheet::named(text("paper")).unwrap_or(Sheet::Letter),
        })
    }
}

/// Refuses what is asked for beside the format and the language: a paper is always whole.
pub(super) fn require_whole(incoming: &Incoming) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (name, value) in &incoming.query {
        match name.as_str() {
            "format" => {}
            "lang" if Language::named(value).is_some() => {}
            "lang" => faults.push(FieldFault::parameter("lang", "\"lang\" is en or fr.")),
            other => faults.push(FieldFault::parameter(
                other,
                format!("A paper is always whole: it takes no \"{other}\", only \"lang\"."),
            )),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// `Page {page} of {pages}` in the reader's words, for whoever counts the pages.
pub(super) fn page_of(words: Words) -> String {
    let blank = |name: &str| format!("{{{name}}}").into();
    words.say_with("paper-page-of", &[("page", blank("page")), ("pages", blank("pages"))])
}

/// Answers with a paper, as a file under a name.
pub(super) async fn answer(incoming: &Incoming, paper: Paper, name: &str) -> Answer {
    let permit = Arc::clone(incoming.app.exports()).try_acquire_owned().map_err(|_| {
        Problem::new(BUSY, "Several lists are being exported at this moment.").retry_after(10)
    })?;
    let printing = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let fonts = FONTS.as_ref().map_err(|error| fault(error))?;
        print(&paper, fonts).map_err(|error| fault(&error))
    });
    let file = printing.await.map_err(|error| fault(&error))??;
    let mut response = Response::new(Body::from(file));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PDF));
    let disposition = format!("attachment; filename=\"{name}.pdf\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
