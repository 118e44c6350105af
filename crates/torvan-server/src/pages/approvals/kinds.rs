//! Kinds of what waits: what each is called, and where it is decided.

use super::Row;
use crate::pages::components::Icon;
use crate::pages::page::Page;
use crate::pages::way::with_query;

/// A kind.
#[derive(Debug)]
pub(super) struct Kind {
    /// As the database has it.
    pub(super) code: &'static str,
    /// Key of what is to be done.
    pub(super) name: &'static str,
    /// Key of the name of many.
    pub(super) view: &'static str,
    /// Key of what its detail says; empty where it has none.
    pub(super) says: &'static str,
    pub(super) icon: Icon,
    pub(super) way: Way,
}

/// How it is decided.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// By a step of its order to this phase.
    Step(&'static str),
    /// In a dialog that belongs to its own page.
    Dialog(&'static str),
    /// Here.
    Decide(Decision),
    /// On its own page.
    Look(&'static str),
}

/// What decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision {
    /// Name of the key in the functions.
    pub(super) key: &'static str,
    /// What approves, by a signature.
    pub(super) approve: Verdict,
    /// What rejects; why is always given.
    pub(super) reject: Verdict,
    /// Key of what rejecting is called.
    pub(super) reject_name: &'static str,
    /// A switch of one function for both.
    pub(super) switch: Option<&'static str>,
}

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// The function.
    pub(super) function: &'static str,
    /// The name of its text.
    pub(super) text: &'static str,
    /// What the signature means; none: nothing is signed.
    pub(super) meaning: Option<&'static str>,
}

impl Decision {
    /// What rejects, or what approves.
    pub(super) fn verdict(&self, is_rejected: bool) -> Verdict {
        if is_rejected { self.reject } else { self.approve }
    }
}

const fn kind(
    code: &'static str,
    name: &'static str,
    view: &'static str,
    says: &'static str,
    icon: Icon,
    way: Way,
) -> Kind {
    Kind { code, name, view, says, icon, way }
}

/// All of them, in the order in which they are offered.
pub(super) const KINDS: &[Kind] = &[
    kind(
        "ORDER",
        "approvals-order",
        "approvals-orders",
        "approvals-builds",
        Icon("clipboard-list"),
        Way::Step("PRODUCTION"),
    ),
    kind(
        "BOM",
        "approvals-bom",
        "approvals-boms",
        "approvals-revision",
        Icon("list-checks"),
        Way::Dialog("/boms/{record_id}/approve"),
    ),
    kind(
        "CHANGE",
        "approvals-change",
        "approvals-changes",
        "approvals-said",
        Icon("arrow-left-right"),
        Way::Decide(Decision {
            key: "order_change_id",
            approve: Verdict { function: "decide_order_change", text: "note", meaning: Some("approved") },
            reject: Verdict { function: "decide_order_change", text: "note", meaning: Some("rejected") },
            reject_name: "approvals-reject",
            switch: Some("adopt"),
        }),
    ),
    kind(
        "DRAWING",
        "approvals-drawing",
        "approvals-drawings",
        "",
        Icon("ruler"),
        Way::Dialog("/order-attachments/{record_id}/approve"),
    ),
    kind(
        "CHECKLIST",
        "approvals-checklist",
        "approvals-checklists",
        "",
        Icon("clipboard-check"),
        Way::Decide(Decision {
            key: "inspection_id",
            approve: Verdict { function: "approve_checklist", text: "note", meaning: Some("approved") },
            reject: Verdict { function: "reopen_inspection", text: "reason", meaning: None },
            reject_name: "approvals-send-back",
            switch: None,
        }),
    ),
    kind(
        "INSPECTED",
        "approvals-inspected",
        "approvals-inspections",
        "approvals-builds",
        Icon("scan-search"),
        Way::Step("PACKAGING"),
    ),
    kind(
        "PACKED",
        "approvals-packed",
        "approvals-packings",
        "approvals-builds",
        Icon("package-check"),
        Way::Step("SHIPPING"),
    ),
    kind(
        "FINDING",
        "approvals-finding",
        "approvals-findings",
        "",
        Icon("octagon-alert"),
        Way::Look("/orders/{order_id}"),
    ),
    kind(
        "DOCUMENT",
        "approvals-document",
        "approvals-documents",
        "approvals-version",
        Icon("file-text"),
        Way::Dialog("/document-versions/{record_id}/approve"),
    ),
    kind(
        "WORKFLOW",
        "approvals-workflow",
        "approvals-workflows",
        "approvals-said",
        Icon("workflow"),
        Way::Dialog("/workflow/changes/{record_id}/release"),
    ),
    kind(
        "SERVICE_ORDER",
        "approvals-service",
        "approvals-services",
        "approvals-items",
        Icon("wrench"),
        Way::Look("/service-orders/{record_id}"),
    ),
    kind(
        "RETENTION",
        "approvals-retention",
        "approvals-retentions",
        "approvals-rows",
        Icon("archive"),
        Way::Look("/retention/runs/{record_id}"),
    ),
    kind(
        "ERASURE",
        "approvals-erasure",
        "approvals-erasures",
        "",
        Icon("lock"),
        Way::Look("/privacy/requests/{record_id}"),
    ),
];

/// The kind with a code; one that is not known is looked at like an order.
pub(super) fn kind_of(code: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.code == code).unwrap_or(&KINDS[0])
}

fn order_page(row: &Row) -> Option<String> {
    row.order_id.map(|order_id| format!("/orders/{order_id}"))
}

impl Kind {
    /// What waits: its number, or its name where it has a code for programs alone.
    pub(super) fn called(&self, page: &Page, row: &Row) -> String {
        let name = row.subject.as_deref().filter(|_| self.is_named_by_subject()).unwrap_or(&row.label);
        if self.is_of_product() { page.words.shipped(name) } else { name.to_owned() }
    }

    /// Whether the product gave it its name: a policy of retention, a step of the workflow.
    fn is_of_product(&self) -> bool {
        ["RETENTION", "WORKFLOW"].contains(&self.code)
    }

    /// The label of a policy is its code, the subject its title.
    fn is_named_by_subject(&self) -> bool {
        self.code == "RETENTION"
    }

    /// What it is about: whose it is, and what its detail says.
    pub(super) fn about(&self, page: &Page, row: &Row) -> String {
        let subject = row.subject.clone().filter(|_| !self.is_named_by_subject()).unwrap_or_default();
        let detail = row.detail.clone().filter(|_| !self.says.is_empty());
        let said = detail.map(|detail| match detail.parse::<i64>() {
            Ok(count) => page.tv(self.says, "detail", count),
            Err(_) => page.tv(self.says, "detail", detail),
        });
        let parts = [subject, said.unwrap_or_default()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Where it is decided.
    pub(super) fn act(&self, row: &Row) -> String {
        match self.way {
            Way::Step(to) => {
                let order = order_page(row).unwrap_or_default();
                with_query(&format!("{order}/transition"), &[("to", to)])
            }
            Way::Decide(_) => format!("/approvals/{}/{}", self.code, row.record_id),
            Way::Dialog(path) | Way::Look(path) => path
                .replace("{order_id}", &row.order_id.unwrap_or_default().to_string())
                .replace("{record_id}", &row.record_id.to_string()),
        }
    }

    /// Where it can be looked at before.
    pub(super) fn look(&self, row: &Row) -> Option<String> {
        match self.code {
            "BOM" => Some(format!("/boms/{}", row.record_id)),
            "DRAWING" => order_page(row).map(|order| with_query(&order, &[("panel", "documents")])),
            "DOCUMENT" => Some(format!("/document-versions/{}", row.record_id)),
            "WORKFLOW" => Some(format!("/workflow/changes/{}", row.record_id)),
            _ if matches!(self.way, Way::Look(_)) => None,
            _ => order_page(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use torvan_store::surface::surface;

    use super::*;

    #[test]
    fn every_decision_is_a_function_that_takes_what_it_is_given() {
        for kind in KINDS {
            let Way::Decide(decision) = kind.way else { continue };
            let both = [decision.approve, decision.reject];
            let given =
                both.into_iter().flat_map(|one| [(one.function, decision.key), (one.function, one.text)]);
            let switched = decision.switch.map(|name| (decision.approve.function, name));
            for (function, name) in given.chain(switched) {
                let known = &surface().functions[function];
                assert!(
                    known.arguments.iter().any(|argument| argument.public_name() == name),
                    "{function} takes no {name}"
                );
            }
        }
    }
}
