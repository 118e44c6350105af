//! What can go wrong in the database, as types.
//!
//! A *refusal* is an answer: the database kept a rule, and its text is written for people. Everything else is a fault; its
//! text is for the log and never for a client.

use std::fmt;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// Result of everything in this crate.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a call to the database did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database kept one of its rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another transaction was in the way; the same call may succeed when it is made again.
    #[error("another change was made at the same moment; try again")]
    Busy(#[source] sqlx::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database lacks something that this release uses.
    #[error("the database is not that of this release: {0} (mend: torvan db deploy)")]
    NotDeployed(#[source] sqlx::Error),
    /// A fault in the product or the installation.
    #[error("the database failed: {0}")]
    Fault(#[source] sqlx::Error),
}

/// Which rule was kept, by stable SQLSTATE (listed in `database/functions/core_functions.sql`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// TV001: an assembly would contain itself.
    Cycle,
    /// TV002, 23505: the code or key is taken.
    Taken,
    /// TV003: what was released is not changed.
    Immutable,
    /// TV004: there is no such row.
    NotFound,
    /// TV009: it does not fit the present state.
    Conflict,
    /// TV010: a person must act.
    NoActor,
    /// TV012: somebody changed it in the meantime.
    Stale,
    /// TV022, class 22 and the other constraints of class 23: a value is refused.
    Value,
    /// TV023: the configuration has errors.
    Configuration,
    /// TV024: a guard of the workflow is not met.
    Guard,
    /// TV025: another person must do it.
    Duties,
    /// 42501: the permission is missing.
    Permission,
}

impl RefusalKind {
    fn of(sqlstate: &str) -> Option<Self> {
        Some(match sqlstate {
            "TV001" => Self::Cycle,
            "TV002" | "23505" => Self::Taken,
            "TV003" => Self::Immutable,
            "TV004" => Self::NotFound,
            "TV009" | "23P01" => Self::Conflict,
            "TV010" => Self::NoActor,
            "TV012" => Self::Stale,
            "TV022" => Self::Value,
            "TV023" => Self::Configuration,
            "TV024" => Self::Guard,
            "TV025" => Self::Duties,
            "42501" => Self::Permission,
            other if other.starts_with("22") || other.starts_with("23") => Self::Value,
            _ => return None,
        })
    }
}

/// A rule that the database kept, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of rule.
    pub kind: RefusalKind,
    /// SQLSTATE of the error.
    pub sqlstate: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// Further facts, when the database gave some.
    pub detail: Option<String>,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}

impl StoreError {
    /// The refusal, when the database kept a rule.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
                Some(postgres) => from_postgres(postgres).unwrap_or_else(|| by_class(error)),
                None => Self::Fault(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            _ => Self::Fault(error),
        }
    }
}

fn from_postgres(error: &PgDatabaseError) -> Option<StoreError> {
    let kind = RefusalKind::of(error.code())?;
    Some(StoreError::Refused(Refusal {
        kind,
        sqlstate: error.code().to_owned(),
        message: error.message().to_owned(),
        hint: error.hint().map(str::to_owned),
        detail: error.detail().map(str::to_owned),
    }))
}

fn by_class(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned();
    match code.as_str() {
        "40001" | "40P01" | "55P03" => StoreError::Busy(error),
        "57P01" | "57P02" | "57P03" | "53300" | "3D000" | "28000" | "28P01" => StoreError::Unavailable(error),
        "42883" | "42P01" | "42703" | "42704" => StoreError::NotDeployed(error),
        _ => StoreError::Fault(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_sqlstate_is_a_kind_and_faults_are_none() {
        let listed = include_str!("../../../database/functions/core_functions.sql");
        let head: Vec<&str> = listed.lines().take_while(|line| line.starts_with("--")).collect();
        let states: Vec<&str> =
            head.iter().flat_map(|line| line.split_whitespace()).filter(|word| is_own_state(word)).collect();
        assert!(states.len() >= 10, "the list at the top of core_functions.sql was not found: {head:?}");
        for state in states {
            assert!(RefusalKind::of(state).is_some(), "{state} has no kind");
        }
        assert_eq!(RefusalKind::of("XX000"), None);
        assert_eq!(RefusalKind::of("42P01"), None);
    }

    fn is_own_state(word: &str) -> bool {
        word.len() == 5 && word.starts_with("TV") && word[2..].bytes().all(|b| b.is_ascii_digit())
    }

    #[test]
    fn a_refusal_reads_as_one_line_with_its_mend() {
        let refusal = Refusal {
            kind: RefusalKind::NotFound,
            sqlstate: "TV004".into(),
            message: "There is no item \"X\".".into(),
            hint: Some("Did you mean XY?".into()),
            detail: None,
        };
        assert_eq!(refusal.to_string(), "There is no item \"X\". Did you mean XY?");
    }
}
