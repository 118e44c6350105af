//! `torvan`: one binary, one file per command.

fn main() {}
