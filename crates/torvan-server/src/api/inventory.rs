//! Endpoints of the domain inventory: the catalogue, its revisions and imports, and what lies in store.

use super::endpoint::Access::{Permission, SignedIn};
use super::endpoint::Method::{Get, Post};
use super::endpoint::{Access, Endpoint, answer, call, create, list, list_view, read};

const READ: Access = Permission("catalogue:read");
const REVISE: Access = Permission("catalogue:revise");
const IMPORT: Access = Permission("catalogue:import");
const STOCK: Access = Permission("stock:read");
const STORE: Access = Permission("stock:create");
const ADJUST: Access = Permission("stock:adjust");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    // The catalogue as a whole.
    call(Get, "/catalogue/search", "search_catalogue", READ),
    call(Get, "/catalogue/hierarchy", "inventory_hierarchy", READ),
    call(Get, "/catalogue/prices", "item_prices", Permission("price:read")),
    list("/units", "units", SignedIn, &["dimension"], &["unit_code"]),
    list("/categories", "categories", READ, &["category_code"], &["position", "category_code", "name"]),
    read("/categories/{category_id}", "categories", READ),
    list(
        "/categories/{category_id}/subcategories",
        "subcategories",
        READ,
        &[],
        &["position", "subcategory_code", "name"],
    ),
    list(
        "/subcategories",
        "subcategories",
        READ,
        &["category_id", "subcategory_code"],
        &["subcategory_code", "name"],
    ),
    read("/subcategories/{subcategory_id}", "subcategories", READ),
    list(
        "/subcategories/{subcategory_id}/listings",
        "assembly_listings",
        READ,
        &["assembly_id"],
        &["position"],
    ),
    // What a code names, whatever it is.
    list("/items", "item_codes", READ, &["item_code", "code_kind", "assembly_id", "part_id"], &["item_code"]),
    read("/items/{item_code}", "item_codes", READ),
    call(Get, "/items/{item_code}/resolution", "resolve_item", READ),
    call(Get, "/items/{item_code}/where-used", "where_used", READ),
    // Assemblies and their revisions.
    list_view(
        "/assemblies",
        "v_assemblies",
        READ,
        &[
            "assembly_id",
            "assembly_code",
            "category_code",
            "subcategory_code",
            "assembly_type",
            "lifecycle",
            "is_kit",
            "is_orderable",
        ],
        &["assembly_code", "name"],
        &["assembly_id"],
    ),
    read("/assemblies/{assembly_code}", "assemblies", READ),
    list_view(
        "/assemblies/{assembly_code}/components",
        "v_assembly_components",
        READ,
        &["component_kind", "component_code"],
        &["position"],
        &["assembly_component_id"],
    ),
    call(Get, "/assemblies/{assembly_code}/structure", "assembly_structure", READ),
    call(Get, "/assemblies/{assembly_code}/roll-up", "roll_up_assembly", READ),
    create(
        "/assemblies/{assembly_code}/revisions",
        "new_assembly_revision",
        REVISE,
        "assembly_revision_id",
        "/assembly-revisions/{assembly_revision_id}",
    ),
    list(
        "/assembly-revisions",
        "assembly_revisions",
        READ,
        &["assembly_id", "state", "is_proposal"],
        &["-assembly_revision_id"],
    ),
    read("/assembly-revisions/{assembly_revision_id}", "assembly_revisions", READ),
    list(
        "/assembly-revisions/{assembly_revision_id}/components",
        "assembly_components",
        READ,
        &["child_assembly_id", "child_part_id"],
        &["position"],
    ),
    answer(
        Post,
        "/assembly-revisions/{assembly_revision_id}/release",
        "release_assembly_revision",
        REVISE,
        "revision",
    ),
    answer(
        Post,
        "/assembly-revisions/{assembly_revision_id}/withdraw",
        "withdraw_assembly_revision",
        REVISE,
        "revision",
    ),
    list_view(
        "/draft-revisions",
        "v_draft_revisions",
        READ,
        &["assembly_code", "is_proposal"],
        &["-assembly_revision_id", "assembly_code"],
        &["assembly_revision_id"],
    ),
    // Parts and variants.
    list(
        "/parts",
        "parts",
        READ,
        &[
            "part_id",
            "part_number",
            "part_type",
            "lifecycle",
            "is_orderable",
            "is_custom",
            "specification_code",
        ],
        &["part_number"],
    ),
    read("/parts/{part_number}", "parts", READ),
    list(
        "/product-variants",
        "product_variants",
        Permission("configuration:read"),
        &["family_code", "variant_code", "is_active"],
        &["variant_code", "name"],
    ),
    read("/product-variants/{product_variant_id}", "product_variants", Permission("configuration:read")),
    // Imports of a catalogue: judged, and merged when asked to.
    list("/import-sessions", "import_sessions", IMPORT, &["import_kind", "state"], &["-created_at"]),
    create(
        "/import-sessions",
        "import_catalogue",
        IMPORT,
        "import_session_id",
        "/import-sessions/{import_session_id}",
    ),
    read("/import-sessions/{import_session_id}", "import_sessions", IMPORT),
    list(
        "/import-sessions/{import_session_id}/findings",
        "import_findings",
        IMPORT,
        &["severity", "source"],
        &["import_finding_id"],
    ),
    // Stock.
    list(
        "/stock-locations",
        "stock_locations",
        STOCK,
        &["location_code", "location_kind", "is_active"],
        &["location_code"],
    ),
    read("/stock-locations/{stock_location_id}", "stock_locations", STOCK),
    list(
        "/stock-lots",
        "stock_lots",
        STOCK,
        &["assembly_id", "part_id", "lot_number", "is_blocked", "expires_on"],
        &["-stock_lot_id"],
    ),
    read("/stock-lots/{stock_lot_id}", "stock_lots", STOCK),
    list(
        "/stock-levels",
        "stock_levels",
        STOCK,
        &["assembly_id", "part_id", "stock_location_id", "stock_lot_id", "quantity"],
        &["stock_level_id"],
    ),
    list_view(
        "/stock-balances",
        "v_stock_balances",
        STOCK,
        &["item_code", "is_below_reorder_point"],
        &["item_code", "free"],
        &["item_code"],
    ),
    list(
        "/stock-moves",
        "stock_moves",
        STOCK,
        &[
            "item_key",
            "stock_lot_id",
            "build_id",
            "move_kind",
            "from_location_id",
            "to_location_id",
            "moved_by",
            "created_at",
        ],
        &["-stock_move_id"],
    ),
    read("/stock-moves/{stock_move_id}", "stock_moves", STOCK),
    answer(Post, "/stock/receive", "receive_stock", STORE, "stock_move_id"),
    answer(Post, "/stock/transfer", "transfer_stock", STORE, "stock_move_id"),
    answer(Post, "/stock/count", "count_stock", ADJUST, "difference"),
    answer(Post, "/stock/scrap", "scrap_stock", ADJUST, "stock_move_id"),
    call(Post, "/stock-lots/set-blocked", "set_lot_blocked", ADJUST),
];
