//! Why something could not be measured.

/// Why a benchmark ended without a report. A missed target is not an error.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A statement failed.
    #[error("{step}: {source}")]
    Database {
        /// What was being done.
        step: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The product was fast but wrong.
    #[error("wrong result in {case}: {what} is {found}, expected {expected}")]
    Wrong {
        /// The case that was measured.
        case: String,
        /// Which figure.
        what: String,
        /// What the product made of it.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The database lacks something that the benchmark needs.
    #[error("{what}; mend: deploy the database with its sample data")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// A request was answered otherwise than it should be.
    #[error("{path}: {reason}")]
    Http {
        /// What was asked for.
        path: String,
        /// What happened.
        reason: String,
    },
    /// A client of the load driver did not come back.
    #[error("a client of the load driver ended early: {0}")]
    Client(#[from] tokio::task::JoinError),
    /// A report could not be written.
    #[error("the report cannot be written as {format}: {reason}")]
    Render {
        /// The format.
        format: &'static str,
        /// Why.
        reason: String,
    },
}

/// Says what was being done when a statement failed.
pub(crate) trait During<T> {
    /// Adds the step to the error.
    fn during(self, step: &'static str) -> Result<T, BenchError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, step: &'static str) -> Result<T, BenchError> {
        self.map_err(|source| BenchError::Database { step, source })
    }
}

/// Refuses a figure that is not what it should be.
pub(crate) fn expect_equal<T: PartialEq + std::fmt::Display>(
    case: &str,
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), BenchError> {
    if found == expected {
        return Ok(());
    }
    Err(BenchError::Wrong {
        case: case.to_owned(),
        what: what.to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    })
}
