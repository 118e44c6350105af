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
    /// The function that approves, the name of its text, and whether that must be given.
    pub(super) approve: (&'static str, &'static str, bool),
    /// The function that rejects, and the name of its text, which must be given.
    pub(super) reject: Option<(&'static str, &'static str)>,
    /// A switch of one function for both.
    pub(super) switch: Option<&'static str>,
    /// What a signature means; none: nothing is signed.
    pub(super) meaning: Option<&'static str>,
}

const fn decision(
    key: &'static str,
    approve: (&'static str, &'static str, bool),
    reject: Option<(&'static str, &'static str)>,
) -> Decision {
    Decision { key, approve, reject, switch: None, meaning: Some("approved") }
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
        Way::Decide(decision("bom_id", ("approve_bom", "note", false), Some(("reject_bom", "reason")))),
    ),
    kind(
        "CHANGE",
        "approvals-change",
        "approvals-changes",
        "approvals-said",
        Icon("arrow-left-right"),
        Way::Decide(Decision {
            switch: Some("adopt"),
            ..decision(
                "order_change_id",
                ("decide_order_change", "note", false),
                Some(("decide_order_change", "note")),
            )
        }),
    ),
    kind(
        "DRAWING",
        "approvals-drawing",
        "approvals-drawings",
        "",
        Icon("ruler"),
        Way::Decide(decision("order_attachment_id", ("approve_attachment", "", false), None)),
    ),
    kind(
        "CHECKLIST",
        "approvals-checklist",
        "approvals-checklists",
        "",
        Icon("clipboard-check"),
        Way::Decide(decision(
            "inspection_id",
            ("approve_checklist", "note", false),
            Some(("reopen_inspection", "reason")),
        )),
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
        Way::Decide(decision(
            "document_version_id",
            ("approve_document_version", "note", false),
            Some(("reject_document_version", "reason")),
        )),
    ),
    kind(
        "SERVICE_ORDER",
        "approvals-service",
        "approvals-services",
        "approvals-items",
        Icon("wrench"),
        Way::Decide(Decision {
            switch: Some("approve"),
            meaning: None,
            ..decision(
                "service_order_id",
                ("decide_service_order", "reason", false),
                Some(("decide_service_order", "reason")),
            )
        }),
    ),
    kind(
        "RULE_SET",
        "approvals-rules",
        "approvals-rule-sets",
        "",
        Icon("scale"),
        Way::Look("/rule-sets/{record_id}"),
    ),
    kind(
        "RETENTION",
        "approvals-retention",
        "approvals-retentions",
        "approvals-rows",
        Icon("archive"),
        Way::Decide(Decision {
            meaning: Some("destroyed"),
            ..decision("retention_run_id", ("approve_retention_run", "reason", true), None)
        }),
    ),
    kind(
        "ERASURE",
        "approvals-erasure",
        "approvals-erasures",
        "",
        Icon("lock"),
        Way::Look("/privacy/requests"),
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
    /// What it is about: whose it is, and what its detail says.
    pub(super) fn about(&self, page: &Page, row: &Row) -> String {
        let subject = row.subject.clone().unwrap_or_default();
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
            Way::Look(path) => path
                .replace("{order_id}", &row.order_id.unwrap_or_default().to_string())
                .replace("{record_id}", &row.record_id.to_string()),
        }
    }

    /// Where it can be looked at before.
    pub(super) fn look(&self, row: &Row) -> Option<String> {
        match self.code {
            "BOM" => order_page(row).map(|order| with_query(&order, &[("panel", "boms")])),
            "DRAWING" => order_page(row).map(|order| with_query(&order, &[("panel", "documents")])),
            "SERVICE_ORDER" => Some(format!("/service-orders/{}", row.record_id)),
            "DOCUMENT" => Some(with_query("/documents", &[("filter[document_number][prefix]", &row.label)])),
            "RETENTION" => Some("/retention/runs".to_owned()),
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
            let (approve, text, _) = decision.approve;
            let given = [(approve, decision.key), (approve, text)];
            let rejected = decision.reject.map(|(reject, text)| [(reject, decision.key), (reject, text)]);
            let switched = decision.switch.map(|name| (approve, name));
            let all = given.into_iter().chain(rejected.into_iter().flatten()).chain(switched);
            for (function, name) in all.filter(|(_, name)| !name.is_empty()) {
                let known = &surface().functions[function];
                assert!(
                    known.arguments.iter().any(|argument| argument.public_name() == name),
                    "{function} takes no {name}"
                );
            }
        }
    }
}
