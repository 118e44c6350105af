//! Where what holds a step up is mended, and by whom: each gate with a way that opens for the person who sees it, or with the
//! roles whose it is.

use std::collections::BTreeSet;

use serde::Deserialize;
use torvan_store::Context;

use super::view::{NextAction, Order};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::Link;
use crate::pages::data;
use crate::pages::page::{Me, Page};

const HOLDERS: ListSpec = ListSpec {
    relation: "role_permissions",
    filters: &["permission_code"],
    sorts: &["permission_code"],
    key: &[],
};
const ROLES: ListSpec =
    ListSpec { relation: "roles", filters: &["is_for_programs"], sorts: &["role_id"], key: &["role_id"] };

/// The role that may do almost everything: it is named only where nobody else may.
const ADMINISTRATOR: &str = "ADMINISTRATOR";

/// Where what a guard asks for is mended, and where it is seen; each with the permission without which its page does not open.
#[derive(Debug)]
struct Mend {
    guards: &'static [&'static str],
    /// Empty where there is no page for it.
    mends: &'static str,
    /// Whoever may this mends it.
    by: &'static str,
    /// Empty where there is nothing to be seen.
    sees: &'static str,
    with: &'static str,
}

const fn mend(
    guards: &'static [&'static str],
    (mends, by): (&'static str, &'static str),
    (sees, with): (&'static str, &'static str),
) -> Mend {
    Mend { guards, mends, by, sees, with }
}

const EDIT: (&str, &str) = ("/orders/{order_id}/edit", "order:update");
const DOCUMENTS: &str = "/orders/{order_id}?panel=documents";
const LINES: (&str, &str) = ("/orders/{order_id}?panel=lines", "order:read");
const BOMS: &str = "/orders/{order_id}?panel=bom";
const OUTSOURCING: &str = "/orders/{order_id}/outsourcing";
const TASKS: &str = "/orders/{order_id}?panel=tasks";
const QUALITY: (&str, &str) = ("/orders/{order_id}?panel=quality", "order:read");
const NOWHERE: (&str, &str) = ("", "");

const MENDS: &[Mend] = &[
    mend(
        &["customer_active"],
        ("/customers/{customer_id}/edit", "customer:update"),
        ("/customers/{customer_id}", "customer:read"),
    ),
    mend(&["po_number_given", "sales_person_named", "want_date_ahead"], EDIT, NOWHERE),
    mend(
        &["family_released"],
        ("/rule-sets", "configuration_rule:activate"),
        ("/rule-sets", "configuration_rule:read"),
    ),
    mend(&["builds_numbered"], ("/orders/{order_id}/sinks", "order:update"), LINES),
    mend(&["configurations_valid"], ("/orders/{order_id}/configure", "configuration:create"), LINES),
    mend(
        &["boms_current", "boms_resolved"],
        ("/orders/{order_id}/configure", "configuration:create"),
        (BOMS, "bom:read"),
    ),
    mend(
        &["po_document_attached"],
        (DOCUMENTS, "order_attachment:create"),
        (DOCUMENTS, "order_attachment:read"),
    ),
    mend(
        &["accessories_reviewed"],
        ("/orders/{order_id}/accessories", "order:update"),
        ("/orders/{order_id}/accessories", "configuration:read"),
    ),
    mend(&["boms_approved"], (BOMS, "bom:approve"), (BOMS, "bom:read")),
    mend(
        &["drawings_approved"],
        (DOCUMENTS, "order_attachment:approve"),
        (DOCUMENTS, "order_attachment:read_drawing"),
    ),
    mend(
        &["custom_parts_drawn"],
        ("/custom-parts", "custom_part:update"),
        ("/custom-parts", "custom_part:read"),
    ),
    mend(
        &["outsourcing_stated", "outsourcing_ordered", "outsourcing_received"],
        (OUTSOURCING, "outsourced_line:create"),
        (OUTSOURCING, "outsourced_line:read"),
    ),
    mend(&["technician_assigned"], (TASKS, "production_task:assign"), (TASKS, "production_task:read")),
    mend(&["tasks_finished"], (TASKS, "production_task:start"), (TASKS, "production_task:read")),
    mend(&["serials_captured"], ("", "serial_number:create"), NOWHERE),
    mend(&["end_of_line_passed", "end_of_line_failed"], ("", "test_record:sign"), NOWHERE),
    mend(&["production_checklist_signed"], ("", "production_checklist:sign"), NOWHERE),
    mend(
        &[
            "pre_production_passed",
            "pre_production_rejected",
            "final_inspection_passed",
            "final_inspection_rejected",
        ],
        ("", "inspection:release"),
        QUALITY,
    ),
    mend(&["rework_recorded"], ("", "nonconformity:rework"), QUALITY),
    mend(&["nonconformities_closed"], ("", "nonconformity:close"), QUALITY),
    mend(&["packing_complete"], ("", "packing_list:update"), NOWHERE),
    mend(&["packing_confirmed"], ("", "packing_list:confirm"), QUALITY),
    mend(&["builds_together", "builds_ready"], ("", ""), LINES),
    mend(&["shipment_recorded"], ("/shipments", "shipment:dispatch"), ("/shipments", "shipment:read")),
];

fn mend_of(guard: &str) -> Option<&'static Mend> {
    MENDS.iter().find(|one| one.guards.contains(&guard))
}

/// Permissions that the ways of gates ask about.
pub(in crate::pages) fn asked() -> impl Iterator<Item = &'static str> {
    MENDS.iter().flat_map(|one| [one.by, one.with]).filter(|code| !code.is_empty())
}

/// The way of a gate for this person, and whose it is where that is somebody else.
pub(super) fn mended(
    page: &Page,
    order: &Order,
    whose: &Whose,
    guard: &str,
) -> (Option<Link>, Option<String>) {
    let (Some(mend), Some(me)) = (mend_of(guard), &page.me) else { return (None, None) };
    let way = |path: &str, key: &str| {
        let path = path
            .replace("{order_id}", &order.order_id.to_string())
            .replace("{customer_id}", &order.customer_id.to_string());
        (!path.is_empty()).then(|| Link::new(path, page.t(key), false))
    };
    let is_theirs = mend.by.is_empty() || me.may(mend.by);
    if is_theirs && !mend.mends.is_empty() {
        return (way(mend.mends, "mend-here"), None);
    }
    let seen = way(mend.sees, "mend-see").filter(|_| me.may(mend.with));
    (seen, if is_theirs { None } else { whose.of_permission(page, mend.by) })
}

#[derive(Debug, Deserialize)]
struct Holder {
    role_id: i64,
    permission_code: String,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Role {
    role_id: i64,
    role_code: String,
    name: String,
}

/// Roles that may what somebody may not.
#[derive(Debug, Default)]
pub(super) struct Whose {
    holders: Vec<Holder>,
    roles: Vec<Role>,
}

impl Whose {
    /// Reads who may take the steps, and mend the gates, that are not this person's.
    pub(super) async fn of(context: &mut Context, me: &Me, actions: &[NextAction]) -> Result<Self, Problem> {
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        for action in actions {
            if !action.is_allowed {
                needed.insert(&action.permission);
            }
            let guards = action.blockers.iter().filter_map(|blocker| mend_of(&blocker.guard));
            needed.extend(guards.map(|mend| mend.by).filter(|by| !by.is_empty() && !me.may(by)));
        }
        if needed.is_empty() {
            return Ok(Self::default());
        }
        let codes = needed.into_iter().collect::<Vec<_>>().join(",");
        let asked = [("filter[permission_code][in]", codes.as_str()), ("limit", "200")];
        let holders = data::rows(context, &HOLDERS, &asked).await?;
        let roles = data::rows(context, &ROLES, &[("limit", "100")]).await?;
        Ok(Self { holders, roles })
    }

    /// That it is theirs, in words.
    pub(super) fn of_permission(&self, page: &Page, permission: &str) -> Option<String> {
        let holds = |role: &&Role| {
            self.holders.iter().any(|one| one.permission_code == permission && one.role_id == role.role_id)
        };
        let mut names: Vec<&Role> = self.roles.iter().filter(holds).collect();
        if names.len() > 1 {
            names.retain(|role| role.role_code != ADMINISTRATOR);
        }
        let names: Vec<String> = names.iter().map(|role| page.role(&role.role_code, &role.name)).collect();
        (!names.is_empty()).then(|| page.tv("mend-whose", "roles", names.join(", ")))
    }
}
