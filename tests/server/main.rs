//! The server: sign-in, the API, and who may do what, against a real database.

mod hostile;
mod matrix;
mod requests;
mod sign_in;
