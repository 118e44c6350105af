//! One file per command: `Args` is what it may be told, `run` does it.

pub(crate) mod db;
pub(crate) mod doctor;
pub(crate) mod up;
