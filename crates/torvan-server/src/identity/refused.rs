//! Why a step of identity was not taken: a reason that each door puts into its own words.

use torvan_store::StoreError;

use crate::credentials::password::PasswordError;
use crate::credentials::rules::PasswordFault;
use crate::http::problem::{BUSY, FieldFault, PROOF_REQUIRED, Problem, TOO_MANY, WRONG_CREDENTIALS};

/// Why it was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Login or password, or the account may not sign in: nobody learns which.
    Credentials,
    /// The password of somebody who is signed in.
    Password,
    /// The code of the authenticator, or a recovery code.
    Code,
    /// The first code of a new authenticator.
    FirstCode,
    /// The setup code.
    SetupCode,
    /// Guesses came too fast: seconds until the next one.
    TooMany(u64),
    /// Others sign in at this moment.
    Busy,
    /// A part of the credentials is missing.
    NoProof {
        /// Whether a second factor is in use.
        has_second_factor: bool,
    },
    /// No code was given.
    NoCode,
    /// The new password breaks rules.
    Rules(Vec<PasswordFault>),
    /// The new password was used before.
    Former,
    /// Anything else.
    Other(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl From<PasswordError> for Refused {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            other => Self::Other(super::fault(&other)),
        }
    }
}

fn new_password(details: Vec<String>) -> Problem {
    Problem::invalid(details.into_iter().map(|detail| FieldFault::body("/new_password", detail)).collect())
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Credentials => Self::new(
                WRONG_CREDENTIALS,
                "Login or password is not right, or the account may not sign in.",
            )
            .hint("Try again, or ask an Administrator for a setup code."),
            Refused::Password => Self::new(WRONG_CREDENTIALS, "The password is not right."),
            Refused::Code => Self::new(WRONG_CREDENTIALS, "The code is not right, or was used already.")
                .hint("Wait for the next code of the authenticator."),
            Refused::FirstCode => Self::new(WRONG_CREDENTIALS, "The code is not right.")
                .hint("Give the code that the authenticator shows now."),
            Refused::SetupCode => Self::new(WRONG_CREDENTIALS, "The code is wrong, used or too old.")
                .hint("Make a new one: torvan user bootstrap on the host, or ask an Administrator."),
            Refused::TooMany(seconds) => Self::new(
                TOO_MANY,
                format!("Too many attempts; the next one is possible in {seconds} seconds."),
            )
            .retry_after(seconds),
            Refused::Busy => Self::new(BUSY, "Too many sign-ins at this moment.").retry_after(2),
            Refused::NoProof { has_second_factor } => {
                let parts = if has_second_factor { "\"password\" and \"code\"" } else { "\"password\"" };
                Self::new(PROOF_REQUIRED, "A part of the credentials is missing.")
                    .hint(format!("Send {parts}."))
            }
            Refused::NoCode => Self::new(PROOF_REQUIRED, "The code of the authenticator is missing.")
                .hint("Send \"code\", or \"recovery_code\"."),
            Refused::Rules(faults) => new_password(faults.iter().map(ToString::to_string).collect()),
            Refused::Former => {
                new_password(vec!["This password was used before; choose another one.".to_owned()])
            }
            Refused::Other(problem) => problem,
        }
    }
}
