//! The only crate with SQL for requests: pool, request context, one module per domain.
