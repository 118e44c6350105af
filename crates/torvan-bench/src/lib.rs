//! Data at scale, load and the report of what was measured.
