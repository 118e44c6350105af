//! Fields that several pages of identity have, and refusals in the reader's words.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::credentials::rules::PasswordFault;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem};
use crate::identity::refused::Refused;
use crate::pages::components::{Faults, Field, Kind};
use crate::pages::page::Page;
use crate::pages::way;

/// Why a form is shown again.
#[derive(Debug)]
pub(in crate::pages) struct Again {
    /// What is wrong.
    pub(in crate::pages) faults: Faults,
    /// Status of the answer.
    pub(in crate::pages) status: StatusCode,
    /// Seconds after which it may be tried again.
    pub(in crate::pages) retry_after: Option<u64>,
}

impl Again {
    /// A form that is shown for the first time.
    pub(in crate::pages) fn first() -> Self {
        Self { faults: Faults::default(), status: StatusCode::OK, retry_after: None }
    }

    /// A form whose values are refused.
    pub(in crate::pages) fn refused(faults: Faults) -> Self {
        Self { faults, status: StatusCode::UNPROCESSABLE_ENTITY, retry_after: None }
    }

    /// What the database refused, at the fields that it names, else above the form; another problem is none of the form.
    pub(in crate::pages) fn at_fields(problem: Problem, fields: &[&'static str]) -> Result<Self, Problem> {
        if ![INVALID, CONFLICT, NOT_FOUND].contains(&problem.kind()) {
            return Err(problem);
        }
        let placed: Vec<_> =
            fields.iter().filter_map(|field| Some((Some(*field), problem.told_of(field)?))).collect();
        let faults = if placed.is_empty() { Faults::whole(problem.told()) } else { Faults::all(placed) };
        // The page is there; what it names is not.
        let status = match problem.kind() {
            NOT_FOUND => StatusCode::UNPROCESSABLE_ENTITY,
            kind => kind.status,
        };
        Ok(Self { faults, status, retry_after: None })
    }

    fn wrong(faults: Faults) -> Self {
        Self { faults, status: StatusCode::UNAUTHORIZED, retry_after: None }
    }

    /// Why a step of identity was refused, said at this field where it is about what was typed there.
    pub(in crate::pages) fn because(
        page: &Page,
        refused: Refused,
        field: &'static str,
    ) -> Result<Self, Problem> {
        let at = |key: &str| Faults::of(field, page.t(key));
        Ok(match refused {
            Refused::Credentials => Self::wrong(at("refused-credentials")),
            Refused::Password => Self::wrong(Faults::of("password", page.t("refused-password"))),
            Refused::Code if field == "recovery_code" => Self::wrong(at("refused-recovery-code")),
            Refused::Code => Self::wrong(Faults::of("code", page.t("refused-code"))),
            Refused::FirstCode => Self::wrong(at("refused-first-code")),
            Refused::SetupCode => Self::wrong(at("refused-setup-code")),
            Refused::NoCode => Self::refused(at("missing-code")),
            Refused::NoProof { has_second_factor } => Self::refused(no_proof(page, has_second_factor)),
            Refused::Former => Self::refused(at("refused-former")),
            Refused::Rules(rules) => Self::refused(rules_broken(page, field, &rules)),
            Refused::TooMany(seconds) => Self {
                faults: Faults::whole(page.tv("refused-too-many", "wait", waiting(page, seconds))),
                status: StatusCode::TOO_MANY_REQUESTS,
                retry_after: Some(seconds),
            },
            Refused::Busy => Self {
                faults: Faults::whole(page.t("refused-busy")),
                status: StatusCode::SERVICE_UNAVAILABLE,
                retry_after: Some(2),
            },
            Refused::Other(problem) => Self::problem(problem)?,
        })
    }

    /// What the database does not let happen, in its own words; what is no matter of the form stays a problem.
    pub(in crate::pages) fn problem(problem: Problem) -> Result<Self, Problem> {
        if !way::is(&problem, INVALID) && !way::is(&problem, CONFLICT) {
            return Err(problem);
        }
        let status = problem.kind().status;
        Ok(Self { faults: Faults::whole(problem.told()), status, retry_after: None })
    }

    /// Says in the answer's headers what its page says.
    pub(in crate::pages) fn answered(status: StatusCode, retry_after: Option<u64>, answer: Answer) -> Answer {
        let mut response: Response = answer?;
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Form realm=\"torvan\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Ok(response)
    }
}

fn no_proof(page: &Page, has_second_factor: bool) -> Faults {
    let key = if has_second_factor { "missing-proof" } else { "missing-password" };
    Faults::of("password", page.t(key))
}

fn rules_broken(page: &Page, field: &'static str, rules: &[PasswordFault]) -> Faults {
    let mut faults = Faults::default();
    for rule in rules {
        let text = match rule {
            PasswordFault::TooShort { least } => page.tv("password-too-short", "least", *least),
            PasswordFault::TooLong => page.t("password-too-long"),
            PasswordFault::Common => page.t("password-common"),
            PasswordFault::AboutYou => page.t("password-about-you"),
            PasswordFault::Sequence => page.t("password-sequence"),
            PasswordFault::Repeated => page.t("password-repeated"),
        };
        faults.add(field, text);
    }
    faults
}

/// A time to wait, in words.
fn waiting(page: &Page, seconds: u64) -> String {
    if seconds < 60 {
        page.tv("wait-seconds", "count", seconds)
    } else if seconds < 2 * 60 * 60 {
        page.tv("wait-minutes", "count", seconds.div_ceil(60))
    } else {
        page.tv("wait-hours", "count", seconds.div_ceil(60 * 60))
    }
}

/// The password of an account that exists.
pub(in crate::pages) fn password(page: &Page) -> Field {
    Field::new("password", page.t("field-password"), Kind::Password, "current-password")
        .reveal(page.t("reveal-show"), page.t("reveal-hide"))
}

/// A new password.
pub(in crate::pages) fn new_password(page: &Page, least: usize) -> Field {
    Field::new("new_password", page.t("field-new-password"), Kind::Password, "new-password")
        .hint(page.tv("hint-new-password", "least", least))
        .reveal(page.t("reveal-show"), page.t("reveal-hide"))
}

/// The code that the authenticator shows.
pub(in crate::pages) fn code(page: &Page) -> Field {
    Field::new("code", page.t("field-code"), Kind::Code, "one-time-code")
}
