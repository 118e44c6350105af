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
use crate::api::endpoint::ListSpec;
use crate::http::problem::{CONFLICT, GUARD, INVALID, PROOF_REQUIRED, Problem, SECOND_PERSON};
use crate::identity::session::{self, Proof};
use crate::incoming::{Incoming, PROOF_HEADER};

const SIGNATURES: ListSpec = ListSpec {
    relation: "signatures",
    filters: &["record_type", "record_id"],
    sorts: &["-signature_id"],
    key: &[],
};

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
    #[serde(default)]
    signature_id: i64,
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

#[derive(Debug, Deserialize)]
struct Verified {
    status: String,
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

    /// Stamps of a record which has nothing else to sign.
    pub(super) async fn stamps_of(
        context: &mut Context,
        page: &Page,
        table: &str,
        key: i64,
    ) -> Result<Vec<Stamp>, Problem> {
        let key = key.to_string();
        let asked = [("filter[record_type]", table), ("filter[record_id]", key.as_str())];
        let mut given: Vec<Self> = data::rows(context, &SIGNATURES, &asked).await?;
        for one in &mut given {
            let key = Map::from_iter([("signature_id".to_owned(), Value::from(one.signature_id))]);
            let found: Vec<Verified> = data::found(context, "verify_signature", key).await?;
            one.status = found.into_iter().next().map(|verified| verified.status);
        }
        Ok(given.iter().map(|one| one.stamp(page, None)).collect())
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
