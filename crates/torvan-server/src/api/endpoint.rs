//! Endpoints as data: what is possible, who may, and what it is done with. Router, validation, documentation and the matrix
//! of the tests all read the same table; a route that is in none of the tables does not exist.

use std::fmt;

use axum::http;

use crate::identity;

/// Methods that endpoints use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Ends.
    Delete,
}

impl Method {
    /// Whether nothing is changed by it.
    #[must_use]
    pub fn is_safe(self) -> bool {
        self == Self::Get
    }

    /// The same for the library.
    #[must_use]
    pub fn http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
            Self::Delete => http::Method::DELETE,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.http().as_str())
    }
}

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: only what leads to a sign-in, and what says that the server lives.
    Anyone,
    /// Whoever has a session, even one that waits for a second factor or a password.
    Session,
    /// Whoever is signed in completely.
    SignedIn,
    /// Whoever has the permission.
    Permission(&'static str),
}

/// A list of a relation.
#[derive(Debug, Clone, Copy)]
pub struct ListSpec {
    /// Table or view.
    pub relation: &'static str,
    /// Columns that may be filtered by.
    pub filters: &'static [&'static str],
    /// Columns that may be sorted by, the usual one first; a minus in front of that one: greatest first.
    pub sorts: &'static [&'static str],
    /// Columns that tell rows apart; empty where the primary key does.
    pub key: &'static [&'static str],
}

/// A call of a function.
#[derive(Debug, Clone, Copy)]
pub struct CallSpec {
    /// Name of the function.
    pub function: &'static str,
    /// Name of a single value in the answer.
    pub returns: &'static str,
    /// Where the made thing is found: a path with `{…}` for the returned value.
    pub location: Option<&'static str>,
    /// Whether it only asks: a POST that changes nothing and needs no Idempotency-Key.
    pub asks: bool,
    /// Who prints it, where it can be had on paper too.
    pub paper: Option<identity::Handler>,
    /// Whether it gets the keys of the encryption at once: it answers that they are missing, where others refuse and are called again.
    pub opens: bool,
}

impl CallSpec {
    const fn of(function: &'static str, returns: &'static str) -> Self {
        Self { function, returns, location: None, asks: false, paper: None, opens: false }
    }
}

/// A value in the body of an endpoint that has its own handler.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Kind of value: `string`, `boolean`, `integer` or `array`.
    pub kind: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub about: &'static str,
}

/// What an endpoint does.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// Lists rows.
    List(ListSpec),
    /// Shows the row that the path names.
    Read {
        /// Table or view.
        relation: &'static str,
    },
    /// Calls a function: arguments from path and body, or from path and query for GET.
    Call(CallSpec),
    /// Adds a row that needs no function; columns in the path are given by it.
    Insert {
        /// Table.
        relation: &'static str,
        /// Where the row is found: a path with `{…}` for its columns.
        location: &'static str,
    },
    /// Changes the given fields of the row that the path names.
    Update {
        /// Table.
        relation: &'static str,
    },
    /// Takes away the row that the path names.
    Delete {
        /// Table.
        relation: &'static str,
    },
    /// Something of its own.
    Own {
        /// Which handler.
        handler: identity::Handler,
        /// Its body.
        body: &'static [Field],
        /// What it is, in a line.
        summary: &'static str,
    },
}

/// One method of one path.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path below `/api/v1`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// What is done.
    pub action: Action,
}

/// A list of a relation with its filters and orders.
#[must_use]
pub const fn list(
    path: &'static str,
    relation: &'static str,
    access: Access,
    filters: &'static [&'static str],
    sorts: &'static [&'static str],
) -> Endpoint {
    let action = Action::List(ListSpec { relation, filters, sorts, key: &[] });
    Endpoint { method: Method::Get, path, access, action }
}

/// A list of a view, whose rows these columns tell apart.
#[must_use]
pub const fn list_view(
    path: &'static str,
    relation: &'static str,
    access: Access,
    filters: &'static [&'static str],
    sorts: &'static [&'static str],
    key: &'static [&'static str],
) -> Endpoint {
    let action = Action::List(ListSpec { relation, filters, sorts, key });
    Endpoint { method: Method::Get, path, access, action }
}

/// The row of a relation whose columns the path names.
#[must_use]
pub const fn read(path: &'static str, relation: &'static str, access: Access) -> Endpoint {
    Endpoint { method: Method::Get, path, access, action: Action::Read { relation } }
}

/// Adds a row to a table that the database lets the server write directly.
#[must_use]
pub const fn add(
    path: &'static str,
    relation: &'static str,
    access: Access,
    location: &'static str,
) -> Endpoint {
    Endpoint { method: Method::Post, path, access, action: Action::Insert { relation, location } }
}

/// Changes fields of such a row.
#[must_use]
pub const fn change(path: &'static str, relation: &'static str, access: Access) -> Endpoint {
    Endpoint { method: Method::Patch, path, access, action: Action::Update { relation } }
}

/// Takes such a row away.
#[must_use]
pub const fn remove(path: &'static str, relation: &'static str, access: Access) -> Endpoint {
    Endpoint { method: Method::Delete, path, access, action: Action::Delete { relation } }
}

/// A call of a function.
#[must_use]
pub const fn call(method: Method, path: &'static str, function: &'static str, access: Access) -> Endpoint {
    Endpoint { method, path, access, action: Action::Call(CallSpec::of(function, "result")) }
}

/// A call that opens or closes encrypted values, and does not refuse where it cannot.
#[must_use]
pub const fn opening(method: Method, path: &'static str, function: &'static str, access: Access) -> Endpoint {
    let spec = CallSpec { opens: true, ..CallSpec::of(function, "result") };
    Endpoint { method, path, access, action: Action::Call(spec) }
}

/// A search that can be had on paper too: a whole one, as PDF.
#[must_use]
pub const fn on_paper(
    path: &'static str,
    function: &'static str,
    access: Access,
    paper: identity::Handler,
) -> Endpoint {
    let spec = CallSpec { paper: Some(paper), ..CallSpec::of(function, "result") };
    Endpoint { method: Method::Get, path, access, action: Action::Call(spec) }
}

/// A question that is too long for a query string: a POST that changes nothing.
#[must_use]
pub const fn ask(path: &'static str, function: &'static str, access: Access) -> Endpoint {
    let action = Action::Call(CallSpec { asks: true, ..CallSpec::of(function, "result") });
    Endpoint { method: Method::Post, path, access, action }
}

/// A call that makes something: its value has a name, and the thing a place.
#[must_use]
pub const fn create(
    path: &'static str,
    function: &'static str,
    access: Access,
    returns: &'static str,
    location: &'static str,
) -> Endpoint {
    let action = Action::Call(CallSpec { location: Some(location), ..CallSpec::of(function, returns) });
    Endpoint { method: Method::Post, path, access, action }
}

/// A call whose single value has a name.
#[must_use]
pub const fn answer(
    method: Method,
    path: &'static str,
    function: &'static str,
    access: Access,
    returns: &'static str,
) -> Endpoint {
    Endpoint { method, path, access, action: Action::Call(CallSpec::of(function, returns)) }
}

impl Endpoint {
    /// Names in braces in the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether it is made once, with a key: every POST that changes something.
    #[must_use]
    pub fn is_made_once(&self) -> bool {
        let asks = matches!(&self.action, Action::Call(spec) if spec.asks);
        self.method == Method::Post && !asks
    }

    /// Identity of the route in the matrix, in logs and with idempotency keys.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
