//! Panels with the sinks of an order and their bills of material, and the changes that were proposed after approval.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use torvan_store::Context;

use super::acts::may_cancel;
use super::corrections::rename_way;
use super::people::People;
use super::view::{Build, Read};
use super::wizard::{self, Sink};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::Status;
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page};
use crate::pages::registers::{tone_of, word};

const CHANGES: ListSpec = ListSpec {
    relation: "order_changes",
    filters: &["build_id"],
    sorts: &["-order_change_id"],
    key: &["order_change_id"],
};

/// Phases in which another configuration is a change that is proposed and decided.
const CHANGED_IN: [&str; 3] = ["PRODUCTION", "QUALITY_CONTROL", "PACKAGING"];

/// A sink with what can be done with it.
#[derive(Debug)]
pub(super) struct LineRow {
    pub(super) sink: Sink,
    pub(super) step: String,
    pub(super) may_cancel: bool,
    pub(super) may_change: bool,
    /// Where its number is corrected.
    pub(super) rename: Option<String>,
    /// Earlier bills of material of the sink, if there are any.
    pub(super) has_earlier: bool,
}

#[derive(Debug, Deserialize)]
struct Proposed {
    order_change_id: i64,
    build_id: i64,
    state: String,
    reason: String,
    to_bom_id: i64,
    proposed_by: Option<i64>,
    proposed_at: DateTime<Utc>,
    decided_by: Option<i64>,
    decided_at: Option<DateTime<Utc>>,
    decision_note: Option<String>,
}

/// A change that was proposed after approval.
#[derive(Debug)]
pub(super) struct ChangeRow {
    pub(super) build: String,
    pub(super) reason: String,
    pub(super) status: Status,
    pub(super) about: String,
    pub(super) bom: i64,
    /// Where it is decided.
    pub(super) decide: Option<String>,
}

/// Sinks of an order, those that were taken out too.
pub(super) async fn rows(
    context: &mut Context,
    page: &Page,
    me: &Me,
    read: &Read,
) -> Result<Vec<LineRow>, Problem> {
    let builds: Vec<&Build> = read.builds.iter().collect();
    let sinks = wizard::sinks(context, page, read, &builds).await?;
    let order = &read.order;
    let is_active = order.state == "ACTIVE";
    let is_last = read.active_builds().count() < 2;
    let row = |(build, sink): (&&Build, Sink)| LineRow {
        sink,
        step: read.step_of(page, build),
        may_cancel: is_active
            && !is_last
            && build.state == "ACTIVE"
            && build.phase != "DELIVERED"
            && may_cancel(me, order),
        may_change: is_active
            && build.state == "ACTIVE"
            && CHANGED_IN.contains(&build.phase.as_str())
            && me.may("configuration:change_approved"),
        rename: rename_way(me, order, build),
        has_earlier: read.boms.iter().filter(|bom| bom.build_number == build.build_number).count() > 1,
    };
    Ok(builds.iter().zip(sinks).map(row).collect())
}

/// Changes of its sinks, the latest first.
pub(super) async fn changes(
    context: &mut Context,
    page: &Page,
    me: &Me,
    read: &Read,
) -> Result<Vec<ChangeRow>, Problem> {
    let keys: Vec<String> = read.builds.iter().map(|build| build.build_id.to_string()).collect();
    if keys.is_empty() || !me.may("bom:read") {
        return Ok(Vec::new());
    }
    let keys = keys.join(",");
    let asked = [("filter[build_id][in]", keys.as_str())];
    let found: Vec<Proposed> = data::every(context, &CHANGES, &asked).await?;
    let named = found.iter().flat_map(|one| [one.proposed_by, one.decided_by]).flatten().collect();
    let people = People::read(context, named).await?;
    let clock = Clock::now(page.words);
    let row = |one: Proposed| {
        let build = read.builds.iter().find(|build| build.build_id == one.build_id);
        let told = |key: &str, by: Option<i64>, at: DateTime<Utc>| {
            let who = by.and_then(|key| people.of_key(key)).unwrap_or_default();
            page.words.say_with(key, &[("who", who.into()), ("at", clock.exact(at).into())])
        };
        let decided = one.decided_at.map(|at| told("change-decided", one.decided_by, at));
        let about = std::iter::once(told("change-proposed", one.proposed_by, one.proposed_at))
            .chain(decided)
            .chain(one.decision_note);
        ChangeRow {
            build: build.map(|build| build.build_number.clone()).unwrap_or_default(),
            reason: one.reason,
            status: Status::new(tone_of(&one.state), word(page.words, &one.state)),
            about: about.collect::<Vec<_>>().join(" · "),
            bom: one.to_bom_id,
            decide: (one.state == "PROPOSED" && me.may("bom:approve"))
                .then(|| format!("/approvals/CHANGE/{}", one.order_change_id)),
        }
    };
    Ok(found.into_iter().map(row).collect())
}
