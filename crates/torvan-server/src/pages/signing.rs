//! Signing: who signs gives the credentials again, and sees the stamp that comes of it. The same in every dialog that signs.

use askama::Template;
use axum::http::{HeaderValue, StatusCode};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::identity::Person;

use super::components::{Faults, Field, Icon, Stamp};
use super::data;
use super::identity::forms::{self, Again};
use super::moment::Clock;
use super::once::Once;
use super::page::{Me, Page};
use super::way::is;
use crate::api::dispatch::Refusable;
use crate::http::problem::{CONFLICT, GUARD, INVALID, PROOF_REQUIRED, Problem, SECOND_PERSON};
use crate::identity::session::{self, Proof};
use crate::incoming::{Incoming, PROOF_HEADER};

/// Tables whose records are signed: their pages show the stamps.
const SIGNED: [&str; 19] = [
    "allowed_hosts",
    "assembly_revisions",
    "audit_reviews",
    "boms",
    "builds",
    "document_versions",
    "documents",
    "legal_holds",
    "nonconformities",
    "order_attachments",
    "orders",
    "privacy_requests",
    "qc_inspections",
    "qc_processes",
    "qc_waivers",
    "retention_runs",
    "rule_sets",
    "work_instructions",
    "workflow_rule_changes",
];

/// Whether records of a table are signed.
pub(super) fn is_signed(table: &str) -> bool {
    SIGNED.contains(&table)
}

/// The signatures on a record, wherever it is shown; nothing where there are none.
#[derive(Debug, Default, Template)]
#[template(path = "components/stamps.html")]
pub(super) struct Stamps {
    title: String,
    stamps: Vec<Stamp>,
}

impl askama::filters::HtmlSafe for Stamps {}

/// A signature on a record, or on an edition of it.
#[derive(Debug, Deserialize)]
struct Given {
    record_type: String,
    edition: Option<i64>,
    #[serde(flatten)]
    signature: Signature,
}

impl Given {
    fn stamp(&self, page: &Page) -> Stamp {
        let edition = self.edition.map(|number| match self.record_type.as_str() {
            "assembly_revisions" => page.tv("revision-of", "number", number),
            _ => page.tv("file-version", "version", number),
        });
        self.signature.stamp(page, edition.as_deref())
    }
}

impl Stamps {
    /// Reads those on the record with this key in a table.
    pub(super) async fn of(
        context: &mut Context,
        page: &Page,
        table: &str,
        key: i64,
    ) -> Result<Self, Problem> {
        let asked = [("record_type", Value::from(table)), ("record_id", key.into())];
        let asked = asked.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let given: Vec<Given> = data::found(context, "record_signatures", asked).await?;
        Ok(Self { title: page.t("signed-title"), stamps: given.iter().map(|one| one.stamp(page)).collect() })
    }
}

/// Proof of who signs, and the stamp that comes of it.
#[derive(Debug, Template)]
#[template(path = "components/signing.html")]
pub(super) struct Signing {
    who: Who,
    password: Field,
    code: Field,
}

/// Who signs, and what it will look like.
#[derive(Debug)]
pub(super) struct Who {
    /// Why this person cannot sign yet.
    barred: Option<String>,
    login: String,
    login_label: String,
    stamp: Stamp,
}

/// A signature that was given, as functions and tables of the database tell it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Signature {
    meaning: String,
    #[serde(alias = "name")]
    printed_name: String,
    #[serde(alias = "role")]
    signer_role: String,
    #[serde(alias = "acting_for_name")]
    acting_for: Option<String>,
    reason: Option<String>,
    #[serde(alias = "at")]
    signed_at: DateTime<Utc>,
    /// Whether it still holds, as `verify_signature` says.
    #[serde(default)]
    status: Option<String>,
}

impl Signature {
    /// As it stands on the record, on pages and papers alike; `what` was signed, where the record has several things to sign.
    pub(super) fn stamp(&self, page: &Page, what: Option<&str>) -> Stamp {
        let meaning = page.words.say_if_known(&format!("meaning-{}", self.meaning));
        let meaning = meaning.unwrap_or_else(|| self.meaning.clone());
        let about = what.into_iter().chain(self.reason.as_deref()).collect::<Vec<_>>().join(". ");
        Stamp {
            name: format!("{}, {}", self.signer(page), page.role(&self.signer_role, &self.signer_role)),
            meaning: if about.is_empty() { meaning } else { format!("{meaning}: {about}") },
            at: Clock::now(page.words).stamped(self.signed_at),
            note: String::new(),
            doubt: self.doubt(page),
        }
    }

    /// What is wrong with a signature that does not hold any more.
    fn doubt(&self, page: &Page) -> Option<String> {
        let key = match self.status.as_deref()? {
            "VALID" | "ARCHIVED" => return None,
            "SUPERSEDED" => "signature-superseded",
            _ => "signature-forged",
        };
        Some(page.tv(key, "who", self.printed_name.clone()))
    }

    fn signer(&self, page: &Page) -> String {
        let Some(other) = &self.acting_for else { return self.printed_name.clone() };
        let values = [("who", self.printed_name.clone().into()), ("for", other.clone().into())];
        page.words.say_with("signed-for", &values)
    }
}

impl askama::filters::HtmlSafe for Signing {}

impl Signing {
    /// What is asked of somebody who signs in this meaning, for what has this title.
    pub(super) fn new(page: &Page, me: &Me, meaning: &str, title: &str) -> Self {
        let words =
            page.words.say_if_known(&format!("meaning-{meaning}")).unwrap_or_else(|| meaning.to_owned());
        let stamp = Stamp {
            name: format!("{}, {}", me.name, me.roles.join(", ")),
            meaning: format!("{words}: {title}"),
            at: Clock::now(page.words).stamped(Utc::now()),
            note: page.t("sign-where"),
            doubt: None,
        };
        Self {
            who: Who {
                barred: page.cannot_sign().then(|| page.t("sign-unverified")),
                login: me.login.clone(),
                login_label: page.t("field-login"),
                stamp,
            },
            password: forms::password(page),
            code: forms::code(page),
        }
    }

    /// Its fields apart, so that faults can be put to them together with other fields.
    pub(super) fn parts(self) -> (Who, Field, Field) {
        (self.who, self.password, self.code)
    }
}

impl Who {
    /// The whole again.
    pub(super) fn with(self, password: Field, code: Field) -> Signing {
        Signing { who: self, password, code }
    }
}

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Refused {
    /// What is told beside what was typed.
    Form(Again),
    /// Something else.
    Problem(Problem),
}

/// What is told in the form that asked for it.
const TOLD: [crate::http::problem::Kind; 5] = [INVALID, CONFLICT, GUARD, PROOF_REQUIRED, SECOND_PERSON];

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        if !TOLD.iter().any(|kind| is(&problem, *kind)) {
            return Self::Problem(problem);
        }
        // A part of the proof that is missing is asked for here, not on a page of its own.
        let status = match problem.kind().status {
            StatusCode::UNAUTHORIZED => StatusCode::UNPROCESSABLE_ENTITY,
            status => status,
        };
        Self::Form(Again { faults: Faults::whole(problem.told()), status, retry_after: None })
    }
}

impl Refused {
    /// Something that must be filled in is not.
    pub(super) fn missing(field: &'static str, told: String) -> Self {
        Self::Form(Again::refused(Faults::of(field, told)))
    }
}

/// What a form asks for, where it was sent before and where not.
#[derive(Debug)]
pub(super) enum Turn {
    /// It was done: this is where it led.
    Done(String),
    /// It is to be done: a transaction to look at what it is about.
    Now(Box<(Context, Person)>),
}

impl Turn {
    /// Looks whether the form was sent before: a code that was used for it is not asked for again.
    pub(super) async fn of(incoming: &Incoming) -> Result<Self, Problem> {
        let (mut context, person) = incoming.look().await?;
        match Once::of(incoming)?.begin(&mut context).await? {
            None => Ok(Self::Now(Box::new((context, person)))),
            Some(place) => {
                context.rollback().await?;
                Ok(Self::Done(place))
            }
        }
    }
}

/// What is done by a form, signed or not.
#[derive(Debug)]
pub(super) struct Deed {
    /// Whether it is signed.
    pub(super) is_signed: bool,
    /// The function that does it.
    pub(super) function: &'static str,
    /// What that is given.
    pub(super) given: Map<String, Value>,
    /// Where it leads.
    pub(super) place: String,
}

/// Proves who signs, where it is signed, and does it once; returns where it leads.
pub(super) async fn done(
    incoming: &mut Incoming,
    page: &Page,
    person: &Person,
    deed: Deed,
) -> Result<String, Refused> {
    if deed.is_signed {
        prove(incoming, page, person).await?;
    }
    let acted = act(incoming, deed).await;
    // What the form tells is no answer that is written down as a refusal on its way out.
    if let Err(problem) = &acted
        && is(problem, SECOND_PERSON)
    {
        Refusable::of(incoming).note_if_refused(problem).await;
    }
    Ok(acted?)
}

async fn act(incoming: &Incoming, deed: Deed) -> Result<String, Problem> {
    let once = Once::of(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    data::act(&mut context, deed.function, deed.given).await?;
    once.finish(&mut context, &deed.place).await?;
    context.commit().await?;
    Ok(deed.place)
}

/// Proves who signs; the transaction of the signature then shows it.
pub(super) async fn prove(incoming: &mut Incoming, page: &Page, person: &Person) -> Result<(), Refused> {
    let given = |name: &str| Some(incoming.form.raw(name)).filter(|value| !value.is_empty());
    let proof = Proof {
        password: given("password").map(SecretString::from),
        code: given("code").map(|code| code.replace(' ', "")),
    };
    let granted = session::prove(incoming, person, proof).await;
    let granted = granted.map_err(|refused| match Again::because(page, refused, "code") {
        Ok(again) => Refused::Form(again),
        Err(problem) => problem.into(),
    })?;
    if let Ok(mut value) = HeaderValue::from_str(&granted.0) {
        value.set_sensitive(true);
        incoming.headers.insert(PROOF_HEADER, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::pages;

    /// Where the stamps of a table's records stand: the page, and what puts them there.
    const PLACES: [(&str, &str, &str); 16] = [
        ("allowed_hosts", "/allowed-hosts/{allowed_host_id}", "registers/record.rs"),
        ("assembly_revisions", "/assembly-revisions/{assembly_revision_id}", "catalogue/revision.rs"),
        ("boms", "/boms/{bom_id}", "boms/aside.rs"),
        ("builds", "/orders/{order_id}", "orders/detail.rs"),
        ("document_versions", "/document-versions/{document_version_id}", "documents/version.rs"),
        ("documents", "/documents/{document_id}", "registers/record.rs"),
        ("legal_holds", "/legal-holds/{legal_hold_id}", "registers/record.rs"),
        ("nonconformities", "/orders/{order_id}", "orders/detail.rs"),
        ("order_attachments", "/orders/{order_id}", "orders/detail.rs"),
        ("orders", "/orders/{order_id}", "orders/detail.rs"),
        ("privacy_requests", "/privacy/requests/{privacy_request_id}", "registers/record.rs"),
        ("qc_inspections", "/orders/{order_id}", "orders/detail.rs"),
        ("qc_waivers", "/orders/{order_id}", "orders/detail.rs"),
        ("retention_runs", "/retention/runs/{retention_run_id}", "registers/record.rs"),
        ("rule_sets", "/rule-sets/{rule_set_id}", "rules/set.rs"),
        ("workflow_rule_changes", "/workflow/changes/{workflow_rule_change_id}", "workflow/bench.rs"),
    ];
    /// Records without a page of their own.
    const WITHOUT_PAGE: [&str; 3] = ["audit_reviews", "qc_processes", "work_instructions"];

    /// Tables that a function of the database signs a record of.
    fn signed_by_the_database() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../database/functions");
        let mut tables = BTreeSet::new();
        for file in fs::read_dir(folder).expect("the folder") {
            let source = fs::read_to_string(file.expect("a file").path()).expect("text");
            let calls = source.split(" sign('").skip(1).filter_map(|rest| rest.split('\'').next());
            tables.extend(calls.map(str::to_owned));
        }
        tables
    }

    #[test]
    fn every_signed_table_is_known_and_its_records_show_their_stamps() {
        let known: BTreeSet<String> = SIGNED.iter().map(|table| (*table).to_owned()).collect();
        assert_eq!(signed_by_the_database(), known);
        let placed = PLACES.iter().map(|(table, ..)| *table).chain(WITHOUT_PAGE);
        assert_eq!(placed.map(str::to_owned).collect::<BTreeSet<_>>(), known);
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
        for (table, path, source) in PLACES {
            assert!(pages::pages().any(|page| page.path == path), "{table}: there is no page {path}");
            let source = fs::read_to_string(sources.join(source)).expect("a source");
            let shows = ["Stamps::of", ".stamp(page", "stamp(page, read"];
            assert!(shows.iter().any(|call| source.contains(call)), "{table}: no stamps at {path}");
        }
        for relation in WITHOUT_PAGE {
            let is_of = |page: &crate::api::endpoint::Endpoint| {
                pages::registers::endpoint(page.method, page.path).is_some_and(|endpoint| {
                    matches!(endpoint.action, crate::api::endpoint::Action::Read { relation: read } if read == relation)
                })
            };
            assert!(!pages::pages().any(is_of), "{relation} has a page: its stamps stand there");
        }
    }
}
