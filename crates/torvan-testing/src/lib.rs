//! One throw-away cluster per test run, one database per test.
