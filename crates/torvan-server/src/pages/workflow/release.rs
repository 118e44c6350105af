//! The release of a proposed change: what it makes different, whom it reaches, who signs it.

use super::rule::{Difference, Reach, change};
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::Tone;
use crate::pages::page::Page;
use crate::pages::release::{self, Release};

pub(super) fn show(incoming: Incoming) -> Answering {
    release::show(incoming, |incoming| Box::pin(question(incoming)))
}

pub(super) fn send(incoming: Incoming) -> Answering {
    release::send(incoming, |incoming| Box::pin(question(incoming)))
}

async fn question(incoming: &Incoming) -> Result<(Page, Release), Problem> {
    let (mut context, person) = incoming.look().await?;
    let change = change(&mut context, incoming).await?;
    let page = Page::signed_in(incoming, &mut context, &person, "workflow-release").await?;
    if !change.is_open() && incoming.endpoint.method.is_safe() {
        return Err(Problem::new(CONFLICT, page.t("workflow-decided")));
    }
    let hash =
        release::hash_of(&mut context, "workflow_rule_changes", change.workflow_rule_change_id).await?;
    let reach = Reach::of(&mut context, change.order_workflow_rule_id, change.build_workflow_rule_id).await?;
    context.rollback().await?;
    let mut about: Vec<String> = change.differences(&page).iter().map(Difference::line).collect();
    about.push(page.tv("workflow-because", "reason", change.reason.clone()));
    let mut heed = vec![(Tone::Info, page.t("workflow-release-means"))];
    if let Some(reach) = reach {
        heed.push((Tone::Info, reach.told(&page, change.order_workflow_rule_id.is_some())));
        heed.extend(reach.held(&page).map(|told| (Tone::Warn, told)));
    }
    let release = Release {
        title: page.t("workflow-release"),
        what: change.called(&page),
        about,
        hash,
        heed,
        crumbs: [
            ("/workflow-rules".to_owned(), page.t("workflow-title")),
            (change.path(), change.called(&page)),
        ],
        barred: None,
        function: "release_workflow_rule_change",
        given: [("workflow_rule_change_id".to_owned(), change.workflow_rule_change_id.into())]
            .into_iter()
            .collect(),
        back: format!("{}?done=released", change.path()),
    };
    Ok((page, release))
}
