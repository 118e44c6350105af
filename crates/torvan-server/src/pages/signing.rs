//! Signing: who signs gives the credentials again, and sees the stamp that comes of it. The same in every dialog that signs.

use askama::Template;
use axum::http::HeaderValue;
use secrecy::SecretString;
use torvan_store::identity::Person;

use super::components::{Field, Stamp};
use super::identity::forms::{self, Again};
use super::moment::Clock;
use super::page::{Me, Page};
use crate::http::problem::Problem;
use crate::identity::session::{self, Proof};
use crate::incoming::{Incoming, PROOF_HEADER};

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
    login: String,
    login_label: String,
    stamp: Stamp,
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
            at: Clock::now(page.words).exact(chrono::Utc::now()),
            note: page.t("sign-where"),
        };
        Self {
            who: Who { login: me.login.clone(), login_label: page.t("field-login"), stamp },
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

/// Why somebody has not proved who they are.
#[derive(Debug)]
pub(super) enum Unproved {
    /// Something typed is missing or wrong: the form says so.
    Form(Again),
    /// Something else.
    Problem(Problem),
}

/// Proves who signs; the transaction of the signature then shows it.
pub(super) async fn prove(incoming: &mut Incoming, page: &Page, person: &Person) -> Result<(), Unproved> {
    let given = |name: &str| Some(incoming.form.raw(name)).filter(|value| !value.is_empty());
    let proof = Proof {
        password: given("password").map(SecretString::from),
        code: given("code").map(|code| code.replace(' ', "")),
    };
    let granted = session::prove(incoming, person, proof).await;
    let granted = granted.map_err(|refused| match Again::because(page, refused, "code") {
        Ok(again) => Unproved::Form(again),
        Err(problem) => Unproved::Problem(problem),
    })?;
    if let Ok(mut value) = HeaderValue::from_str(&granted.0) {
        value.set_sensitive(true);
        incoming.headers.insert(PROOF_HEADER, value);
    }
    Ok(())
}
