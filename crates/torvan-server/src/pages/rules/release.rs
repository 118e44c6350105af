//! The release of a draft set: what it changes, who signs it.

use serde::Deserialize;
use torvan_store::Context;

use super::{Edition, given, key_of, set_of};
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::Tone;
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::release::{self, Release};

#[derive(Debug, Deserialize)]
struct Changed {
    rule_code: String,
}

/// Codes that are named; how many more there are is said.
const NAMED: usize = 8;

pub(super) fn show(incoming: Incoming) -> Answering {
    release::show(incoming, |incoming| Box::pin(question(incoming)))
}

pub(super) fn send(incoming: Incoming) -> Answering {
    release::send(incoming, |incoming| Box::pin(question(incoming)))
}

async fn question(incoming: &Incoming) -> Result<(Page, Release), Problem> {
    let rule_set_id = key_of(incoming, "rule_set_id")?;
    let (mut context, person) = incoming.look().await?;
    let set = set_of(&mut context, rule_set_id).await?;
    let page = Page::signed_in(incoming, &mut context, &person, "rule-set-release").await?;
    if !set.is_draft() && incoming.endpoint.method.is_safe() {
        return Err(Problem::new(CONFLICT, page.t("release-not-open")));
    }
    let changed = changed(&mut context, rule_set_id).await?;
    let differs = differs(&mut context, rule_set_id).await?;
    let hash = release::hash_of(&mut context, "rule_sets", rule_set_id).await?;
    context.rollback().await?;
    let release = release(&page, &set, &changed, differs, hash);
    Ok((page, release))
}

async fn changed(context: &mut Context, rule_set_id: i64) -> Result<Vec<Changed>, Problem> {
    let wanted = given(&[("rule_set_id", rule_set_id.into()), ("only_changed", true.into())]);
    data::found(context, "rules_of_set", wanted).await
}

/// Whether there is anything to release: rules, parameters or look-ups that are not those in force.
pub(super) async fn differs(context: &mut Context, rule_set_id: i64) -> Result<bool, Problem> {
    let wanted = given(&[("rule_set_id", rule_set_id.into())]);
    let found: Vec<bool> = data::found(context, "rule_set_differs", wanted).await?;
    Ok(found.first().copied().unwrap_or_default())
}

fn release(page: &Page, set: &Edition, changed: &[Changed], differs: bool, hash: String) -> Release {
    let codes: Vec<&str> = changed.iter().take(NAMED).map(|one| one.rule_code.as_str()).collect();
    let count = i64::try_from(changed.len()).unwrap_or_default();
    let more = if changed.len() > NAMED { " …" } else { "" };
    let told = match count {
        0 => page.t("rule-set-no-changes"),
        _ => format!("{} {}{more}", page.tv("rule-set-changes", "count", count), codes.join(", ")),
    };
    Release {
        title: page.t("rule-set-release"),
        what: set.called(page),
        about: vec![told, set.note.clone()],
        hash,
        heed: vec![
            (Tone::Info, page.t("rule-set-release-means")),
            (Tone::Warn, page.t("rule-set-release-for-good")),
        ],
        crumbs: [("/rule-sets".to_owned(), page.t("rule-sets-title")), (set.path(), set.called(page))],
        barred: (set.is_draft() && !differs).then(|| page.t("rule-set-nothing-to-sign")),
        function: "release_rule_set",
        given: given(&[("rule_set_id", set.rule_set_id.into())]),
        back: format!("{}?done=released", set.path()),
    }
}
