//! Records of all kinds by their code or name: those that the person may see, a few of each kind. Every kind is a list that has
//! its search box, so that both find the same.

use serde_json::{Map, Value};
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::Icon;
use crate::pages::page::{Me, Page};
use crate::pages::registers::cell::{Row, text_of};
use crate::pages::registers::{filled, shipped_text};
use crate::pages::{data, documents};

/// Rows of a kind that are shown.
const SHOWN: usize = 4;
/// Rows of a kind that are looked at, so that what was typed whole comes before what holds it.
const READ: &str = "12";
/// Shortest text that records are looked for by.
const LEAST: usize = 2;

/// A kind of records.
struct Kind {
    /// Key of its name.
    title: &'static str,
    icon: Icon,
    /// Who may see any.
    needs: Option<&'static str>,
    spec: ListSpec,
    /// Column that tells a record apart, and what is told beside it.
    code: &'static str,
    name: &'static str,
    /// Its page.
    page: &'static str,
}

const fn spec(
    relation: &'static str,
    filters: &'static [&'static str],
    sorts: &'static [&'static str],
    key: &'static [&'static str],
) -> ListSpec {
    ListSpec { relation, filters, sorts, key }
}

const KINDS: [Kind; 15] = [
    Kind {
        title: "customers-title",
        icon: Icon("building-2"),
        needs: None,
        spec: spec("customers", &["customer_code"], &["customer_code"], &[]),
        code: "customer_code",
        name: "name",
        page: "/customers/{customer_id}",
    },
    Kind {
        title: "parts-title",
        icon: Icon("component"),
        needs: Some("catalogue:read"),
        spec: spec("parts", &["part_number"], &["part_number"], &[]),
        code: "part_number",
        name: "name",
        page: "/parts/{part_number}",
    },
    Kind {
        title: "assemblies-title",
        icon: Icon("boxes"),
        needs: Some("catalogue:read"),
        spec: spec("v_assemblies", &["assembly_code"], &["assembly_code"], &["assembly_code"]),
        code: "assembly_code",
        name: "name",
        page: "/assemblies/{assembly_code}",
    },
    Kind {
        title: "search-builds",
        icon: Icon("hammer"),
        needs: Some("order:read"),
        spec: spec("builds", &["build_number"], &["-build_id"], &[]),
        code: "build_number",
        name: "",
        page: "/orders/{order_id}",
    },
    Kind {
        title: "boms-title",
        icon: Icon("list-tree"),
        needs: Some("bom:read"),
        spec: spec("v_boms", &["build_number"], &["-bom_id"], &["bom_id"]),
        code: "build_number",
        name: "revision",
        page: "/boms/{bom_id}",
    },
    Kind {
        title: "custom-parts-title",
        icon: Icon("ruler"),
        needs: Some("custom_part:read"),
        spec: spec("custom_parts_registry", &["custom_number"], &["custom_number"], &[]),
        code: "custom_number",
        name: "specification_code",
        page: "/custom-parts/{custom_number}",
    },
    Kind {
        title: "documents-title",
        icon: Icon("file-text"),
        needs: Some("document:read"),
        spec: spec("documents", &["document_number"], &["document_number"], &[]),
        code: "document_number",
        name: "title",
        page: "/documents/{document_id}",
    },
    Kind {
        title: "suppliers-title",
        icon: Icon("factory"),
        needs: Some("supplier:read"),
        spec: spec("suppliers", &["supplier_code"], &["supplier_code"], &[]),
        code: "supplier_code",
        name: "name",
        page: "/suppliers/{supplier_id}",
    },
    Kind {
        title: "users-title",
        icon: Icon("users"),
        needs: Some("user:read"),
        spec: spec("users", &["login"], &["login"], &[]),
        code: "login",
        name: "display_name",
        page: "/users/{login}",
    },
    Kind {
        title: "search-rules",
        icon: Icon("scale"),
        needs: Some("configuration_rule:read"),
        spec: spec("configuration_rules", &["rule_code"], &["-configuration_rule_id"], &[]),
        code: "rule_code",
        name: "title",
        page: "/configuration-rules/{configuration_rule_id}",
    },
    Kind {
        title: "stock-locations-title",
        icon: Icon("map-pin"),
        needs: Some("stock:read"),
        spec: spec("stock_locations", &["location_code"], &["location_code"], &[]),
        code: "location_code",
        name: "name",
        page: "/stock-locations/{stock_location_id}",
    },
    Kind {
        title: "stock-lots-title",
        icon: Icon("barcode"),
        needs: Some("stock:read"),
        spec: spec("v_stock_lots", &["lot_number"], &["-stock_lot_id"], &["stock_lot_id"]),
        code: "lot_number",
        name: "item_code",
        page: "/stock-lots/{stock_lot_id}",
    },
    Kind {
        title: "service-orders-title",
        icon: Icon("wrench"),
        needs: Some("service_order:read"),
        spec: spec("service_orders", &["service_order_number"], &["-service_order_id"], &[]),
        code: "service_order_number",
        name: "note",
        page: "/service-orders/{service_order_id}",
    },
    Kind {
        title: "systems-title",
        icon: Icon("plug"),
        needs: Some("external_system:read"),
        spec: spec("v_external_systems", &["system_code"], &["system_code"], &["external_system_id"]),
        code: "system_code",
        name: "name",
        page: "/external-systems/{system_code}",
    },
    Kind {
        title: "search-serials",
        icon: Icon("scan-search"),
        needs: Some("serial_number:read"),
        spec: spec("build_serials", &["serial_number"], &["-build_serial_id"], &[]),
        code: "serial_number",
        name: "item_code",
        // The order of its build, which is looked up.
        page: "/orders/{order_id}",
    },
];

/// Permissions that the kinds need.
pub(super) fn asked() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter_map(|kind| kind.needs)
}

/// Records of a kind that were found.
#[derive(Debug)]
pub(super) struct Section {
    /// What they are.
    pub(super) title: String,
    /// The records.
    pub(super) hits: Vec<Hit>,
}

/// A record that was found.
#[derive(Debug)]
pub(super) struct Hit {
    /// Its page.
    pub(super) href: String,
    /// Before its code.
    pub(super) icon: Icon,
    /// Its code.
    pub(super) code: String,
    /// Its name.
    pub(super) name: String,
}

fn may(me: &Me, kind: &Kind) -> bool {
    kind.needs.is_none_or(|code| me.may(code))
}

async fn read(context: &mut Context, kind: &Kind, parameters: &[(&str, &str)]) -> Result<Vec<Hit>, Problem> {
    let mut rows: Vec<Row> = data::rows(context, &kind.spec, parameters).await?;
    if kind.spec.relation == "build_serials" {
        rows = with_orders(context, rows).await?;
    }
    let text = |row: &Row, name: &str| text_of(row, name).unwrap_or_default();
    let hit = |row: &Row| Hit {
        href: filled(kind.page, |name| text(row, name)),
        icon: kind.icon,
        code: text(row, kind.code),
        name: text(row, kind.name),
    };
    Ok(rows.iter().map(hit).collect())
}

/// Serial numbers with the orders of their builds; those whose build is out of sight are left out.
async fn with_orders(context: &mut Context, rows: Vec<Row>) -> Result<Vec<Row>, Problem> {
    let keys: Vec<String> = rows.iter().filter_map(|row| text_of(row, "build_id")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let builds: Vec<Row> = data::named(context, "builds", "build_id", &keys).await?;
    let order_of = |row: &Row| {
        let key = text_of(row, "build_id")?;
        let build = builds.iter().find(|build| text_of(build, "build_id").as_ref() == Some(&key))?;
        build.get("order_id").cloned()
    };
    let whole = |mut row: Row| {
        let order = order_of(&row)?;
        row.insert("order_id".to_owned(), order);
        Some(row)
    };
    Ok(rows.into_iter().filter_map(whole).collect())
}

/// A few records of each kind whose code or name holds every word.
pub(super) async fn found(
    context: &mut Context,
    page: &Page,
    me: &Me,
    words: &str,
) -> Result<Vec<Section>, Problem> {
    let mut sections = Vec::new();
    if words.chars().count() < LEAST {
        return Ok(sections);
    }
    for kind in KINDS.iter().filter(|kind| may(me, kind)) {
        let mut hits = read(context, kind, &[("q", words), ("limit", READ)]).await?;
        let wanted = words.to_lowercase();
        hits.sort_by_key(|hit| {
            let code = hit.code.to_lowercase();
            (code != wanted, !code.starts_with(&wanted))
        });
        hits.truncate(SHOWN);
        for hit in &mut hits {
            if let Some(name) = shipped_text(page.words, kind.spec.relation, kind.name, &hit.name) {
                hit.name = name;
            }
        }
        if !hits.is_empty() {
            sections.push(Section { title: page.t(kind.title), hits });
        }
    }
    Ok(sections)
}

/// Documents whose text holds the words, but for those that were found by their number or title.
pub(super) async fn in_texts(
    context: &mut Context,
    page: &Page,
    me: &Me,
    words: &str,
    sections: &[Section],
) -> Result<Option<Section>, Problem> {
    if words.chars().count() < LEAST || !me.may("document:read") {
        return Ok(None);
    }
    let known: Vec<&str> =
        sections.iter().flat_map(|section| &section.hits).map(|hit| hit.href.as_str()).collect();
    let hit = |one: documents::Found| Hit {
        href: format!("/documents/{}", one.document_id),
        icon: Icon("file-text"),
        code: one.document_number,
        name: one.title,
    };
    let found = documents::found(context, words, 2 * SHOWN).await?.into_iter().map(hit);
    let hits: Vec<Hit> = found.filter(|hit| !known.contains(&hit.href.as_str())).take(SHOWN).collect();
    Ok((!hits.is_empty()).then(|| Section { title: page.t("search-in-texts"), hits }))
}

/// Records with exactly this code, as a label has it; an alias or a short code of an item names the item.
pub(super) async fn exact(context: &mut Context, me: &Me, code: &str) -> Result<Vec<Hit>, Problem> {
    let mut hits: Vec<Hit> = Vec::new();
    // A comma would make two codes of it.
    if code.contains(',') {
        return Ok(hits);
    }
    let either = format!("{code},{}", code.to_uppercase());
    for kind in KINDS.iter().filter(|kind| may(me, kind) && !NOT_ON_LABELS.contains(&kind.spec.relation)) {
        let filter = format!("filter[{}][in]", kind.code);
        hits.extend(read(context, kind, &[(filter.as_str(), either.as_str()), ("limit", "2")]).await?);
    }
    if hits.is_empty() && me.may("catalogue:read") {
        hits.extend(item(context, code).await?);
    }
    hits.dedup_by(|one, other| one.href == other.href);
    Ok(hits)
}

/// What no label names: the BOM of a build has the number of the build, and a custom part is also a part.
const NOT_ON_LABELS: [&str; 3] = ["v_boms", "configuration_rules", "custom_parts_registry"];

#[derive(Debug, serde::Deserialize)]
struct Item {
    kind: String,
    code: String,
    name: String,
    matched_by: String,
}

async fn item(context: &mut Context, code: &str) -> Result<Option<Hit>, Problem> {
    let given = Map::from_iter([
        ("query".to_owned(), Value::from(code)),
        ("max_results".to_owned(), Value::from(1)),
        ("include_obsolete".to_owned(), Value::from(true)),
    ]);
    let found: Vec<Item> = data::found(context, "search_catalogue", given).await?;
    let is_code = |item: &Item| !["WORDS", "CODE_PREFIX", "SIMILAR"].contains(&item.matched_by.as_str());
    Ok(found.into_iter().find(is_code).map(|item| {
        let path = if item.kind == "PART" { "/parts/{code}" } else { "/assemblies/{code}" };
        Hit {
            href: filled(path, |_| item.code.clone()),
            icon: Icon("component"),
            code: item.code,
            name: item.name,
        }
    }))
}
