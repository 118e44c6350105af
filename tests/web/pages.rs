//! The table of pages × roles, each of which is looked at (see `look.rs`). A new page is one line.

use std::collections::BTreeSet;

use torvan_server::api::endpoint::Method;
use torvan_server::pages::pages;
use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, ROLES};

use crate::look::{Findings, find};
use crate::people::{Served, serve};

/// Nobody is signed in.
pub(crate) const NOBODY: &str = "NOBODY";

/// Name of the pictures, path as the product's own table has it (a query may follow), roles that see it.
pub(crate) const PAGES: &[(&str, &str, &[&str])] = &[
    ("sign-in", "/sign-in", &[NOBODY]),
    ("setup-code", "/sign-in/setup", &[NOBODY]),
    ("home", "/", &ROLES),
    ("search", "/search?q=STELMO", &["SALES_MANAGER"]),
    ("notifications", "/notifications", &["PRODUCTION_MANAGER"]),
    ("orders", "/orders", &["SALES_MANAGER", "ASSEMBLY_TECHNICIAN"]),
    ("orders-board", "/orders/board", &["PRODUCTION_MANAGER"]),
    ("orders-calendar", "/orders/calendar", &["SALES_MANAGER"]),
    ("order-new", "/orders/new", &["SALES_MANAGER"]),
    ("order", "/orders/{order_id}", &["PRODUCTION_MANAGER", "QC_INSPECTOR", "CUSTOMER_SERVICE"]),
    ("order-step", "/orders/{order_id}/transition?to=CONFIGURATION", &["SALES_MANAGER"]),
    ("order-sinks", "/orders/{order_id}/sinks", &["SALES_MANAGER"]),
    ("order-hold", "/orders/{order_id}/hold", &["PRODUCTION_MANAGER"]),
    ("order-resume", "/orders/{order_id}/resume", &["PRODUCTION_MANAGER"]),
    ("order-cancel", "/orders/{order_id}/cancel", &["ADMINISTRATOR"]),
    ("account", "/account", &["ADMINISTRATOR", "ASSEMBLY_TECHNICIAN"]),
    ("account-confirm", "/account/confirm", &["ADMINISTRATOR"]),
    ("account-password", "/account/password", &["ADMINISTRATOR"]),
    ("account-authenticator", "/account/authenticator", &["ADMINISTRATOR"]),
    ("account-recovery-codes", "/account/recovery-codes", &["ADMINISTRATOR"]),
    ("account-new-token", "/account/tokens/new", &["ADMINISTRATOR"]),
    ("account-end-token", "/account/tokens/{api_token_id}/revoke", &["ADMINISTRATOR"]),
    ("error-not-found", "/nothing/here", &["ADMINISTRATOR"]),
    ("error-forbidden", "/account/tokens/new", &["ASSEMBLY_TECHNICIAN"]),
];

/// Values for what stands in braces in a path.
const VALUES: &[(&str, &str)] = &[
    ("{api_token_id}", "SELECT min(api_token_id)::text FROM api_tokens"),
    ("{order_id}", "SELECT max(order_id)::text FROM orders"),
];

/// Pages that cannot be opened by their path alone: another test goes there, or they only lead on.
const ELSEWHERE: &[&str] = &[
    // Every component at once, for whoever makes pages.
    "/design",
    "/sign-in/next",
    "/sign-in/second-factor",
    "/sign-in/password",
    "/sign-in/authenticator",
    "/sign-in/finish",
    "/sign-in/oidc/{provider_code}",
    "/sign-in/oidc/{provider_code}/callback",
    // A part of the list of orders.
    "/orders/{order_id}/drawer",
];

/// A site with something to see on every page.
pub(crate) async fn furnished() -> Served {
    let served = serve(TestDatabase::new().await).await;
    served
        .run(
            "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at)
             SELECT user_id, 'ERP bridge on plant-server', encode(sha256('web'), 'hex'), '{order:read,part:read}', user_id, now() + interval '30 days'
             FROM users WHERE login = 'sample.admin'",
        )
        .await;
    another_order(&served).await;
    served
}

/// A draft of its own, which is then the last order.
pub(crate) async fn another_order(served: &Served) {
    let number = served.read("SELECT (max(order_id) + 1)::text FROM orders").await;
    GrowingOrder::draft(served.db.pool(), &format!("SINK-WEB-{number}")).await;
}

/// The path with its values.
pub(crate) async fn filled(served: &Served, path: &str) -> String {
    let mut path = path.to_owned();
    for (name, statement) in VALUES {
        if path.contains(name) {
            let value = served.read(statement).await;
            assert!(!value.is_empty(), "{name} is nothing: {statement}");
            path = path.replace(name, &value);
        }
    }
    assert!(!path.contains('{'), "{path} lacks a value; mend: give it a line in VALUES");
    path
}

/// Name of the pictures of a page as a role sees it.
fn pictures(name: &str, role: &str, roles: &[&str]) -> String {
    if roles.len() == 1 {
        name.to_owned()
    } else {
        format!("{name}-{}", role.to_lowercase().replace('_', "-"))
    }
}

async fn walk(role: &str) {
    let served = furnished().await;
    let mut findings = Findings::default();
    let browser = served.browser().await;
    if role != NOBODY {
        served.sign_in_as(&browser, role).await;
    }
    for (name, path, roles) in PAGES.iter().filter(|(_, _, roles)| roles.contains(&role)) {
        let path = filled(&served, path).await;
        find(&browser, &pictures(name, role, roles), &path, &mut findings).await;
    }
    findings.judge();
}

#[tokio::test]
async fn as_nobody() {
    walk(NOBODY).await;
}

#[tokio::test]
async fn as_administrator() {
    walk("ADMINISTRATOR").await;
}

#[tokio::test]
async fn as_sales_manager() {
    walk("SALES_MANAGER").await;
}

#[tokio::test]
async fn as_production_manager() {
    walk("PRODUCTION_MANAGER").await;
}

#[tokio::test]
async fn as_qc_inspector() {
    walk("QC_INSPECTOR").await;
}

#[tokio::test]
async fn as_assembly_technician() {
    walk("ASSEMBLY_TECHNICIAN").await;
}

#[tokio::test]
async fn as_customer_service() {
    walk("CUSTOMER_SERVICE").await;
}

#[test]
fn every_page_of_the_product_is_walked_to() {
    let walked: BTreeSet<&str> = PAGES
        .iter()
        .map(|(_, path, _)| path.split('?').next().unwrap_or_default())
        .chain(ELSEWHERE.iter().copied())
        .collect();
    let missing: Vec<&str> = pages()
        .filter(|page| matches!(page.method, Method::Get) && !walked.contains(page.path))
        .map(|page| page.path)
        .collect();
    assert!(missing.is_empty(), "mend: give them a line in PAGES: {missing:?}");
    let names: BTreeSet<&str> = PAGES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), PAGES.len(), "a name is there twice");
}
