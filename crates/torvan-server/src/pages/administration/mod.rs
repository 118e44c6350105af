//! Administration: who may what, the settings of the plant, how the system does, and what is short.

mod health;
mod permissions;
mod settings;
mod shortages;
mod trail;

use crate::api::endpoint::Access::{Permission, SignedIn};
use crate::api::endpoint::{Endpoint, Method};
use crate::pages::{form, page};

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/audit/trail", Permission("audit:read"), trail::show, "Who changed what, and when."),
    page(Method::Get, "/permissions", SignedIn, permissions::show, "Which role may do what."),
    page(Method::Get, "/site-settings", SignedIn, settings::show, "The settings of the plant."),
    form(
        "/site-settings",
        Permission("setting:update"),
        settings::send,
        &[],
        "Changes the settings of the plant.",
    ),
    page(
        Method::Get,
        "/system/health",
        Permission("system:read"),
        health::show,
        "Checks of the system, and what the database says about itself.",
    ),
    page(
        Method::Get,
        "/shortages",
        Permission("stock:read"),
        shortages::show,
        "What is missing, for one build or over all.",
    ),
];
