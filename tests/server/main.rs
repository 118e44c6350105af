//! The server: sign-in, the API, and who may do what, against a real database.

mod bench;
mod files;
mod hostile;
mod matrix;
mod polish;
mod requests;
mod rows;
mod running;
mod sign_in;
