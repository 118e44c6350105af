//! Finds or runs a private PostgreSQL cluster and brings the database of this release into it.
