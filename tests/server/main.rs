//! The server: sign-in, the API, and who may do what, against a real database.

mod bench;
mod files;
mod hostile;
mod matrix;
mod requests;
mod running;
mod sign_in;
mod uploads;
