//! The server: sign-in, the API, and who may do what, against a real database.

#![allow(clippy::similar_names, reason = "paths and patches, states and stages")]

mod assurance;
mod bench;
mod bulk;
mod clock;
mod configurator;
mod contacts;
mod contents;
mod dashboards;
mod decisions;
mod elsewhere;
mod events;
mod files;
mod finding;
mod french;
mod habits;
mod hostile;
mod matrix;
mod newcomers;
mod office;
mod oidc;
mod papers;
mod people;
mod polish;
mod privacy;
mod registers;
mod requests;
mod rows;
mod running;
mod several;
mod sign_in;
mod steps;
mod systems;
mod ticks;
mod tls;
mod transport;
mod uploads;
mod wire;
