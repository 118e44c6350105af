//! What can go wrong in the database, as types.
//!
//! A *refusal* is an answer: the database kept a rule of ours, and its text is written for people. A value that no such rule
//! refused but a constraint did is said in fixed words: the server's own name tables and constraints. The error beneath is
//! for the log (`Debug`) and never a source of the error, since sources are shown.

use std::fmt;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::broken::Broken;

/// Result of everything in this crate.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a call to the database did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database kept one of its rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A constraint caught a value; which, and how to mend it.
    #[error(transparent)]
    Broken(Box<Broken>),
    /// A constraint caught what no rule had foreseen: the product should have said it better.
    #[error("{what} Nothing was changed. If it looks right to you, report it with what you did.")]
    Unforeseen {
        /// Which kind of thing is wrong.
        what: &'static str,
        /// What the server said.
        error: sqlx::Error,
    },
    /// Another transaction was in the way; the same call may succeed when it is made again.
    #[error("another change was made at the same moment; try again")]
    Busy(sqlx::Error),
    /// The statement was stopped, since it took longer than is allowed.
    #[error("this took too long and was stopped; nothing was changed; ask for less")]
    TooLong(sqlx::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {}", in_its_words(.0))]
    Unavailable(sqlx::Error),
    /// The database lacks something that this release uses.
    #[error("the database is not that of this release: {} (mend: torvan db deploy)", in_its_words(.0))]
    NotDeployed(sqlx::Error),
    /// A fault in the product or the installation.
    #[error("the database failed: {}", in_its_words(.0))]
    Fault(sqlx::Error),
}

/// Which rule was kept, by stable SQLSTATE (listed in `database/functions/core_functions.sql`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// TV001: an assembly would contain itself.
    Cycle,
    /// TV002: the code is taken.
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
    /// TV022: a value is refused.
    Value,
    /// TV023: the configuration has errors.
    Configuration,
    /// TV024: a guard of the workflow is not met.
    Guard,
    /// TV025: another person must do it.
    Duties,
    /// TV011: the person must prove again who they are.
    Unproved,
    /// TV030, TV032: a key of the encryption was not given or is not there.
    Key,
    /// TV031: an encrypted value was changed or moved.
    Damaged,
    /// 42501: the permission is missing.
    Permission,
}

impl RefusalKind {
    fn of(sqlstate: &str) -> Option<Self> {
        Some(match sqlstate {
            "TV001" => Self::Cycle,
            "TV002" => Self::Taken,
            "TV003" => Self::Immutable,
            "TV004" => Self::NotFound,
            "TV009" => Self::Conflict,
            "TV010" => Self::NoActor,
            "TV011" => Self::Unproved,
            "TV012" => Self::Stale,
            "TV022" => Self::Value,
            "TV023" => Self::Configuration,
            "TV024" => Self::Guard,
            "TV025" => Self::Duties,
            "TV030" | "TV032" => Self::Key,
            "TV031" => Self::Damaged,
            "42501" => Self::Permission,
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
    /// Names of the arguments or columns at fault, where the database named them.
    pub fields: Box<[String]>,
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
    /// What a log may hold: where it went wrong, never the values that it went wrong with.
    #[must_use]
    pub fn for_log(&self) -> String {
        let error = match self {
            Self::Refused(refusal) => return refusal.sqlstate.clone(),
            Self::Broken(broken) => return format!("{:?} in {}", broken.kind, broken.columns.join(", ")),
            Self::Unforeseen { error, .. }
            | Self::Busy(error)
            | Self::TooLong(error)
            | Self::Unavailable(error)
            | Self::NotDeployed(error)
            | Self::Fault(error) => error,
        };
        let Some(postgres) =
            error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        else {
            return error.to_string();
        };
        let part = |name: &str, value: Option<&str>| {
            value.map(|value| format!(" {name} {value}")).unwrap_or_default()
        };
        [
            format!("{} in {}", postgres.code(), postgres.routine().unwrap_or("an unknown routine")),
            part("table", postgres.table()),
            part("column", postgres.column()),
            part("constraint", postgres.constraint()),
        ]
        .concat()
    }

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
    let Some(kind) = RefusalKind::of(error.code()) else {
        return Broken::of(error).map(|broken| StoreError::Broken(Box::new(broken)));
    };
    Some(StoreError::Refused(Refusal {
        kind,
        sqlstate: error.code().to_owned(),
        message: error.message().to_owned(),
        hint: error.hint().map(str::to_owned),
        detail: error.detail().map(str::to_owned),
        fields: error.column().map(fields).unwrap_or_default().into(),
    }))
}

/// One name, or several with commas.
fn fields(named: &str) -> Vec<String> {
    named.split(',').map(|name| name.trim().to_owned()).collect()
}

fn by_class(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned();
    if let Some(what) = unforeseen(&code) {
        return StoreError::Unforeseen { what, error };
    }
    match code.as_str() {
        "40001" | "40P01" | "55P03" => StoreError::Busy(error),
        "57014" => StoreError::TooLong(error),
        "57P01" | "57P02" | "57P03" | "53300" | "3D000" | "28000" | "28P01" => StoreError::Unavailable(error),
        "42883" | "42P01" | "42703" | "42704" => StoreError::NotDeployed(error),
        _ => StoreError::Fault(error),
    }
}

/// Classes 22 (data) and 23 (constraints), in words for people.
fn unforeseen(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "23505" => "Something with the same code, number or name exists already.",
        "23001" | "23503" => {
            "It refers to something that does not exist, or something else still refers to it."
        }
        "23502" => "A value that is needed is missing.",
        "23P01" => "It overlaps with something that exists already.",
        "22003" => "A number is out of range.",
        "22001" => "A text is too long.",
        "22007" | "22008" => "A date or time is not a real one, or is out of range.",
        "54000" | "54001" | "54011" | "54023" => "It asks for more than the database can do at once.",
        "22021" | "22P02" | "22P05" => {
            "A text is not of the form that is needed, or has a sign that cannot be stored."
        }
        other if other.starts_with("22") || other.starts_with("23") => {
            "A value is not one that can be stored."
        }
        _ => return None,
    })
}

/// The error without what sqlx says around it.
fn in_its_words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
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
        for fault in ["42P01", "22003", "23505"] {
            assert_eq!(RefusalKind::of(fault), None);
        }
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
            fields: Box::default(),
        };
        assert_eq!(refusal.to_string(), "There is no item \"X\". Did you mean XY?");
    }
}
