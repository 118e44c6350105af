//! The server: sign-in, the API, and who may do what, against a real database.

mod bench;
mod hostile;
mod matrix;
mod requests;
mod sign_in;
