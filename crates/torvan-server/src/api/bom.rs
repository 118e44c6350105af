//! Endpoints of the domain bom: rules, configurations, bills of material, custom parts.

use super::endpoint::Access::{Permission, SignedIn};
use super::endpoint::Method::{Delete, Get, Patch, Post, Put};
use super::endpoint::{
    Access, Endpoint, add, answer, ask, call, change, create, list, list_view, on_paper, read, remove,
};
use crate::pages::papers;

const BY_HAND: Access = Permission("bom:update");
const RULES: Access = Permission("configuration_rule:read");
const MAKE_RULES: Access = Permission("configuration_rule:create");
const CHANGE_RULES: Access = Permission("configuration_rule:update");
const SETTINGS: Access = Permission("setting:update");
const CONFIGURATIONS: Access = Permission("configuration:read");
const BOMS: Access = Permission("bom:read");
const GENERATE: Access = Permission("bom:create");
const PRICES: Access = Permission("price:read");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    list("/product-families", "product_families", SignedIn, &["family_code"], &["family_code"]),
    add("/product-families", "product_families", MAKE_RULES, "/product-families/{family_code}"),
    read("/product-families/{family_code}", "product_families", SignedIn),
    change("/product-families/{family_code}", "product_families", CHANGE_RULES),
    list(
        "/translations",
        "translations",
        SignedIn,
        &["entity", "translation_key", "language"],
        &["entity", "translation_key"],
    ),
    add("/translations", "translations", SETTINGS, "/translations/{entity}/{translation_key}/{language}"),
    read("/translations/{entity}/{translation_key}/{language}", "translations", SignedIn),
    change("/translations/{entity}/{translation_key}/{language}", "translations", SETTINGS),
    remove("/translations/{entity}/{translation_key}/{language}", "translations", SETTINGS),
    // Rule sets.
    list("/rule-sets", "rule_sets", CONFIGURATIONS, &["family_code", "version", "state"], &["-rule_set_id"]),
    create("/rule-sets", "create_rule_set", MAKE_RULES, "rule_set_id", "/rule-sets/{rule_set_id}"),
    read("/rule-sets/{rule_set_id}", "rule_sets", CONFIGURATIONS),
    remove("/rule-sets/{rule_set_id}", "rule_sets", CHANGE_RULES),
    list(
        "/rule-sets/{rule_set_id}/parameters",
        "configuration_parameters",
        CONFIGURATIONS,
        &["list_code", "parameter_code", "group_code", "value_type"],
        &["position", "parameter_code"],
    ),
    add(
        "/rule-sets/{rule_set_id}/parameters",
        "configuration_parameters",
        CHANGE_RULES,
        "/configuration-parameters/{configuration_parameter_id}",
    ),
    read(
        "/configuration-parameters/{configuration_parameter_id}",
        "configuration_parameters",
        CONFIGURATIONS,
    ),
    change(
        "/configuration-parameters/{configuration_parameter_id}",
        "configuration_parameters",
        CHANGE_RULES,
    ),
    remove(
        "/configuration-parameters/{configuration_parameter_id}",
        "configuration_parameters",
        CHANGE_RULES,
    ),
    list(
        "/rule-sets/{rule_set_id}/rules",
        "configuration_rules",
        RULES,
        &["rule_code", "rule_type", "stage", "is_active"],
        &["rule_code", "stage"],
    ),
    add(
        "/rule-sets/{rule_set_id}/rules",
        "configuration_rules",
        CHANGE_RULES,
        "/configuration-rules/{configuration_rule_id}",
    ),
    read("/configuration-rules/{configuration_rule_id}", "configuration_rules", RULES),
    change("/configuration-rules/{configuration_rule_id}", "configuration_rules", CHANGE_RULES),
    remove("/configuration-rules/{configuration_rule_id}", "configuration_rules", CHANGE_RULES),
    list(
        "/rule-sets/{rule_set_id}/lookups",
        "configuration_lookups",
        RULES,
        &["lookup_code"],
        &["lookup_code"],
    ),
    add(
        "/rule-sets/{rule_set_id}/lookups",
        "configuration_lookups",
        CHANGE_RULES,
        "/configuration-lookups/{configuration_lookup_id}",
    ),
    read("/configuration-lookups/{configuration_lookup_id}", "configuration_lookups", RULES),
    change("/configuration-lookups/{configuration_lookup_id}", "configuration_lookups", CHANGE_RULES),
    remove("/configuration-lookups/{configuration_lookup_id}", "configuration_lookups", CHANGE_RULES),
    call(Get, "/rule-sets/{rule_set_id}/check", "check_rule_set", RULES),
    call(Get, "/rule-sets/{rule_set_id}/rules/compared", "rules_of_set", RULES),
    ask("/rule-sets/{rule_set_id}/trial", "try_rules", Permission("configuration_rule:simulate")),
    ask("/rule-sets/{rule_set_id}/simulate", "simulate_rules", Permission("configuration_rule:simulate")),
    create(
        "/rule-sets/{rule_set_id}/copy",
        "copy_rule_set",
        MAKE_RULES,
        "rule_set_id",
        "/rule-sets/{rule_set_id}",
    ),
    call(
        Post,
        "/rule-sets/{rule_set_id}/release",
        "release_rule_set",
        Permission("configuration_rule:activate"),
    ),
    // Configurations.
    list(
        "/configurations",
        "configurations",
        CONFIGURATIONS,
        &[
            "build_id",
            "family_code",
            "product_variant_id",
            "rule_set_id",
            "parameters_hash",
            "is_valid",
            "created_by",
            "parent_configuration_id",
        ],
        &["-configuration_id"],
    ),
    create(
        "/configurations",
        "save_configuration",
        Permission("configuration:create"),
        "configuration_id",
        "/configurations/{configuration_id}",
    ),
    ask("/configurations/preview", "preview_sink", CONFIGURATIONS),
    ask("/configurations/validate", "validate_sink", CONFIGURATIONS),
    ask("/configurations/explain", "explain_sink", CONFIGURATIONS),
    ask("/configurations/configure", "configure_sink", CONFIGURATIONS),
    call(Get, "/builds/{build_id}/configuration", "sink_to_configure", CONFIGURATIONS),
    read("/configurations/{configuration_id}", "configurations", CONFIGURATIONS),
    call(Get, "/configurations/{configuration_id}/validate", "validate_configuration", CONFIGURATIONS),
    create(
        "/configurations/{configuration_id}/copy",
        "copy_configuration",
        Permission("configuration:copy"),
        "configuration_id",
        "/configurations/{configuration_id}",
    ),
    create("/configurations/{configuration_id}/boms", "generate_bom", GENERATE, "bom_id", "/boms/{bom_id}"),
    list("/builds/{build_id}/configurations", "configurations", CONFIGURATIONS, &["is_valid"], &["-version"]),
    create(
        "/builds/{build_id}/configurations",
        "save_build_configuration",
        Permission("configuration:create"),
        "configuration_id",
        "/configurations/{configuration_id}",
    ),
    // Bills of material: previewed, generated, read, compared, priced.
    ask("/boms/preview", "preview_bom", CONFIGURATIONS),
    call(Get, "/boms/compare", "compare_boms", Permission("bom:compare")),
    on_paper("/boms/{bom_id}/export", "export_bom", Permission("bom:export"), papers::bom::export),
    // Lines by hand: each makes the next revision.
    create("/boms/{bom_id}/lines", "add_bom_line", BY_HAND, "bom_id", "/boms/{bom_id}"),
    answer(Patch, "/boms/{bom_id}/lines/{line_number}", "update_bom_line", BY_HAND, "bom_id"),
    answer(Delete, "/boms/{bom_id}/lines/{line_number}", "remove_bom_line", BY_HAND, "bom_id"),
    call(Get, "/boms/prices", "bom_prices", PRICES),
    list_view(
        "/boms",
        "v_boms",
        BOMS,
        &[
            "build_id",
            "build_number",
            "order_number",
            "configuration_id",
            "state",
            "is_present",
            "rule_set_id",
            "created_by",
            "decided_by",
            "released_by",
            "submitted_by",
            "supersedes_bom_id",
        ],
        &["-bom_id"],
        &["bom_id"],
    ),
    list("/builds/{build_id}/boms", "boms", BOMS, &["state"], &["-revision"]),
    list_view(
        "/orders/{order_id}/boms",
        "v_order_boms",
        BOMS,
        &["build_id", "state", "configuration_id", "rule_set_id", "created_at"],
        &["-bom_id"],
        &["bom_id"],
    ),
    call(Post, "/orders/{order_id}/boms", "generate_order_boms", GENERATE),
    read("/boms/{bom_id}", "boms", BOMS),
    list(
        "/boms/{bom_id}/lines",
        "bom_line_items",
        BOMS,
        &["depth", "item_code", "component_group", "is_leaf", "is_unresolved", "is_manual"],
        &["line_number"],
    ),
    call(Get, "/boms/{bom_id}/lines/{line_number}/explain", "explain_bom_line", BOMS),
    call(Get, "/boms/{bom_id}/lines/{line_number}/sheet", "bom_line_sheet", BOMS),
    call(Get, "/boms/{bom_id}/sheet", "bom_sheet", BOMS),
    call(Get, "/boms/{bom_id}/tree", "indented_bom", BOMS),
    call(Get, "/boms/{bom_id}/branches", "bom_branches", BOMS),
    call(Get, "/boms/{bom_id}/totals", "bom_leaf_totals", BOMS),
    call(Get, "/boms/{bom_id}/costs", "bom_line_costs", PRICES),
    // Their steps.
    call(Post, "/boms/{bom_id}/submit", "submit_bom", Permission("bom:submit")),
    call(Post, "/boms/{bom_id}/approve", "approve_bom", Permission("bom:approve")),
    call(Post, "/boms/{bom_id}/reject", "reject_bom", Permission("bom:reject")),
    call(Post, "/boms/{bom_id}/release", "release_bom", Permission("bom:release")),
    // Custom parts.
    list(
        "/custom-parts",
        "custom_parts_registry",
        Permission("custom_part:read"),
        &["custom_number", "custom_kind", "specification_code", "state", "part_id", "created_by"],
        &["-custom_part_id", "custom_number"],
    ),
    call(
        Post,
        "/custom-parts/{custom_number}/retire",
        "retire_custom_part",
        Permission("custom_part:retire"),
    ),
    read("/custom-parts/{custom_number}", "custom_parts_registry", Permission("custom_part:read")),
    call(
        Put,
        "/custom-parts/{custom_number}/drawing",
        "attach_custom_part_drawing",
        Permission("custom_part:update"),
    ),
];
