//! What the page of a person says before anything else: that they cannot sign in yet, or cannot sign.

use torvan_store::Context;

use super::code::open;
use crate::http::problem::Problem;
use crate::pages::components::{Link, Notice};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page};

/// What is known of an account.
#[derive(Debug)]
pub(in crate::pages) struct Account<'a> {
    /// Name at sign-in.
    pub(in crate::pages) login: &'a str,
    /// STAFF, PORTAL or SERVICE.
    pub(in crate::pages) kind: &'a str,
    /// Whether they set a password of their own.
    pub(in crate::pages) has_password: bool,
    /// Whether somebody verified who they are.
    pub(in crate::pages) is_verified: bool,
    /// Whether the account is open.
    pub(in crate::pages) is_active: bool,
}

/// What is missing before the person can work, each with the way to it.
pub(in crate::pages) async fn notes(
    context: &mut Context,
    page: &Page,
    me: &Me,
    account: &Account<'_>,
) -> Result<Vec<Notice>, Problem> {
    let mut notes = Vec::new();
    let may = |permission: &str| me.may(permission) && me.login != account.login;
    if account.is_active && !account.has_password && account.kind != "SERVICE" && me.may("user:update") {
        let way = may("user:update").then(|| {
            Link::new(format!("/users/{}/setup-code", account.login), page.t("setup-code-new"), false)
        });
        let text = match open(context, account.login).await? {
            Some(open) => {
                let clock = Clock::now(page.words);
                let who = open.made_by.unwrap_or_default();
                page.words.say_with(
                    "person-code-open",
                    &[
                        ("until", clock.until(open.expires_at).into()),
                        ("who", who.into()),
                        ("when", clock.ago(open.made_at).into()),
                    ],
                )
            }
            None => page.t("person-no-code"),
        };
        notes.push(Notice::hold(page.t("person-no-password")).text(text).way(way));
    }
    if account.kind == "STAFF" && !account.is_verified {
        let way = may("user:verify_identity").then(|| {
            Link::new(format!("/users/{}/verify-identity", account.login), page.t("user-verify"), false)
        });
        let text = if way.is_some() { "person-unverified-text" } else { "person-unverified-other" };
        notes.push(Notice::hold(page.t("person-unverified")).text(page.t(text)).way(way));
    }
    Ok(notes)
}
