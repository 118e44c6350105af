//! What the search box of a list looks in: code and name of its rows. `?q=` finds rows that hold every word, wherever it stands,
//! without regard to capitals and accents.

/// A relation and the columns that words are looked for in.
#[derive(Debug)]
pub(crate) struct Searched {
    /// Table or view.
    pub(crate) relation: &'static str,
    /// Columns that are looked in.
    pub(crate) columns: &'static [&'static str],
    /// A large table whose keys `found_by_words` finds by an index, and the column of the relation with them.
    pub(crate) keyed: Option<(&'static str, &'static str)>,
}

const fn small(relation: &'static str, columns: &'static [&'static str]) -> Searched {
    Searched { relation, columns, keyed: None }
}

const fn large(
    relation: &'static str,
    columns: &'static [&'static str],
    table: &'static str,
    key: &'static str,
) -> Searched {
    Searched { relation, columns, keyed: Some((table, key)) }
}

const SEARCHED: &[Searched] = &[
    large("customers", &["customer_code", "name"], "customers", "customer_id"),
    large("parts", &["part_number", "name"], "parts", "part_id"),
    large("v_assemblies", &["assembly_code", "name"], "assemblies", "assembly_id"),
    large("builds", &["build_number"], "builds", "build_id"),
    large("v_boms", &["build_number"], "builds", "build_id"),
    small("service_orders", &["service_order_number", "note"]),
    small("v_stock_reservations", &["item_code", "item_name", "build_number"]),
    small("rule_sets", &["family_code", "version", "note"]),
    small("configuration_rules", &["rule_code", "title"]),
    small(
        "custom_parts_registry",
        &["custom_number", "custom_kind", "specification_code", "drawing_reference"],
    ),
    small("import_sessions", &["import_kind", "sources"]),
    small("import_rows", &["item_code", "label"]),
    small("v_stock_balances", &["item_code", "item_name"]),
    small("v_stock_levels", &["item_code", "item_name", "location_code", "lot_number"]),
    small("v_stock_moves", &["item_code", "item_name", "lot_number", "build_number", "reference", "reason"]),
    small("v_stock_lots", &["lot_number", "supplier_lot_number", "item_code", "item_name"]),
    small("v_shortages", &["item_code", "item_name", "builds"]),
    small("stock_locations", &["location_code", "name"]),
    small(
        "v_outsourced_lines",
        &[
            "item_code",
            "item_name",
            "order_number",
            "build_number",
            "supplier_code",
            "supplier_name",
            "component_group",
            "tracking_number",
        ],
    ),
    small("suppliers", &["supplier_code", "name"]),
    small("resource_calendars", &["calendar_code", "name"]),
    small("v_workflow_rule_changes", &["step_title", "reason"]),
    small("documents", &["document_number", "title"]),
    small("shipments", &["shipment_number", "carrier", "service", "tracking_number"]),
    small("v_external_systems", &["system_code", "name"]),
    small("allowed_hosts", &["target", "reason"]),
    small("outbox_deliveries", &["message_id", "subject_type", "last_error"]),
    small("sync_log", &["object_code", "external_id", "error"]),
    small("notification_rules", &["event_type", "role_code", "recipient", "message_key"]),
    small("users", &["login", "display_name"]),
    small("roles", &["role_code", "name", "description"]),
    small("v_delegations", &["role_code", "grantor", "delegate", "grant_reason"]),
    small("security_events", &["event_type", "actor", "request_id"]),
    small("audit_verifications", &["result", "verified_by"]),
    small("system_alerts", &["alert_code", "title"]),
    small("deployment_log", &["version", "status", "message"]),
    small("build_serials", &["serial_number", "item_code"]),
    small("privacy_requests", &["privacy_request_id", "request_kind", "law", "note"]),
    small("pii_findings", &["table_name", "column_name", "pii_kind"]),
    small("legal_holds", &["scope_kind", "scope_code", "reason"]),
    small("pii_access_log", &["actor", "action", "reason"]),
    small("data_retention_policies", &["policy_code", "title", "table_name"]),
    small("retention_runs", &["status", "message", "actor"]),
    small("v_retention_runs", &["policy_code", "policy_title", "status", "message", "actor"]),
    small("archives", &["archive_code", "retention_class"]),
    small("data_quality_rules", &["rule_code", "description"]),
    small("data_quality_runs", &["status", "message", "actor"]),
];

/// Where words are looked for in this relation; none where its lists have no search box.
pub(crate) fn of(relation: &str) -> Option<&'static Searched> {
    SEARCHED.iter().find(|one| one.relation == relation)
}

#[cfg(test)]
mod tests {
    use torvan_store::surface::surface;

    use super::*;

    #[test]
    fn what_is_looked_in_is_there() {
        for one in SEARCHED {
            let relation = surface().relations.get(one.relation).expect(one.relation);
            let keys = one.keyed.iter().map(|(_, key)| *key);
            for name in one.columns.iter().copied().chain(keys) {
                assert!(relation.column(name).is_some(), "{}.{name}", one.relation);
            }
        }
    }
}
