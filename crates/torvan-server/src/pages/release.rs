//! What is put in force by a signature, wherever it stands: the question, the proof, the act. The act itself is a function of the
//! database, in whose transaction the proof is shown.

use std::pin::Pin;

use askama::Template;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::components::{Faults, Field, Gate, Kind, Summary, Tone};
use super::data;
use super::identity::forms::Again;
use super::once::fresh_key;
use super::page::{Me, Page, rendered};
use super::signing::{self, Deed, Refused, Signing, Turn};
use super::way::{is, path_of, to};
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

/// Field with the hash of what was seen.
const HASH: &str = "content_hash";

/// The hash of what a release signs.
pub(super) async fn hash_of(context: &mut Context, record: &str, key: i64) -> Result<String, Problem> {
    let given = [("record_type", Value::from(record)), ("record_id", key.into())];
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let found: Vec<String> = data::found(context, "content_to_sign", given).await?;
    found.into_iter().next().ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

/// Something that is put in force by a signature.
#[derive(Debug)]
pub(super) struct Release {
    /// Title of the question.
    pub(super) title: String,
    /// What is signed: its name, and lines about it.
    pub(super) what: String,
    pub(super) about: Vec<String>,
    /// Hash of its content as it is told here; the signature is for this content and no other.
    pub(super) hash: String,
    /// What has to be known before.
    pub(super) heed: Vec<(Tone, String)>,
    /// Why there is nothing to sign.
    pub(super) barred: Option<String>,
    /// Where the question stands: the register and the record.
    pub(super) crumbs: [(String, String); 2],
    /// The function that does it, with what it is given beside the note.
    pub(super) function: &'static str,
    pub(super) given: Map<String, Value>,
    /// Where it leads.
    pub(super) back: String,
}

#[derive(Debug, Template)]
#[template(path = "shell/sign.html")]
struct SignPage {
    page: Page,
    me: Me,
    release: Release,
    action: String,
    key: String,
    hash: String,
    summary: Summary,
    about_signer: String,
    gates: Vec<Gate>,
    note: Field,
    signing: Signing,
}

/// What is asked on a page: the page itself, and what would be released.
pub(super) type Asking<'a> = Pin<Box<dyn Future<Output = Result<(Page, Release), Problem>> + Send + 'a>>;

/// The page that asks.
pub(super) fn show(incoming: Incoming, question: fn(&Incoming) -> Asking<'_>) -> Answering {
    Box::pin(async move {
        let (page, release) = question(&incoming).await?;
        asked(&incoming, page, release, Again::first())
    })
}

/// Takes the signature, or asks again.
pub(super) fn send(mut incoming: Incoming, question: fn(&Incoming) -> Asking<'_>) -> Answering {
    Box::pin(async move {
        let (page, release) = question(&incoming).await?;
        match sent(&mut incoming, &page, &release).await? {
            Ok(answer) => Ok(answer),
            Err(again) => asked(&incoming, page, release, again),
        }
    })
}

/// Asks for a signature.
fn asked(incoming: &Incoming, mut page: Page, release: Release, again: Again) -> Answer {
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    page.title.clone_from(&release.title);
    let status = again.status;
    if !again.faults.is_empty() {
        page.with_error();
    }
    let (who, password, code) = Signing::new(&page, &me, "released", &release.what).parts();
    let note = Field::new("reason", page.t("sign-note"), Kind::Area, "off")
        .value(incoming.form.text("reason"))
        .focus();
    let [note, password, code] = again.faults.onto([note, password, code]);
    let gate = |(tone, what): &(Tone, String)| Gate {
        tone: *tone,
        what: what.clone(),
        about: String::new(),
        way: None,
        whose: None,
    };
    let barred = release.barred.iter().map(|why| gate(&(Tone::Bad, why.clone())));
    let sent = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    // What was seen first is what is signed, until it is told that it was changed.
    let seen = incoming.form.raw(HASH);
    let is_kept = !seen.is_empty() && status != STALE.status;
    let view = SignPage {
        action: path_of(incoming),
        key: sent.map_or_else(fresh_key, str::to_owned),
        hash: if is_kept { seen.to_owned() } else { release.hash.clone() },
        summary: again.faults.summary(page.t("summary-form")),
        about_signer: page.tv("sign-as", "name", format!("{}, {}", me.name, me.roles.join(", "))),
        gates: barred.chain(release.heed.iter().map(gate)).collect(),
        signing: who.with(password, code),
        note,
        release,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

/// Signs, and does what is signed for; or says why not.
async fn sent(
    incoming: &mut Incoming,
    page: &Page,
    release: &Release,
) -> Result<Result<axum::response::Response, Again>, Problem> {
    match done(incoming, page, release).await {
        Ok(place) => Ok(Ok(to(&place))),
        Err(Refused::Form(again)) => Ok(Err(again)),
        Err(Refused::Problem(problem)) if is(&problem, STALE) => {
            let (faults, status) = (Faults::whole(problem.told()), problem.kind().status);
            Ok(Err(Again { faults, status, retry_after: None }))
        }
        Err(Refused::Problem(problem)) => Err(problem),
    }
}

async fn done(incoming: &mut Incoming, page: &Page, release: &Release) -> Result<String, Refused> {
    let (context, person) = match Turn::of(incoming).await? {
        Turn::Done(place) => return Ok(place),
        Turn::Now(now) => *now,
    };
    context.rollback().await.map_err(Problem::from)?;
    let note = incoming.form.text("reason");
    if note.is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let mut given = release.given.clone();
    given.insert("note".to_owned(), note.into());
    given.insert(HASH.to_owned(), incoming.form.raw(HASH).into());
    let deed = Deed { is_signed: true, function: release.function, given, place: release.back.clone() };
    signing::done(incoming, page, &person, deed).await
}
