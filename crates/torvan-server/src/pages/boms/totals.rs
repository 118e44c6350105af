//! What a bill of materials adds up to: every item without components, once.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::read::Sheet;
use crate::http::problem::Problem;
use crate::pages::components::{Link, Status, Tone};
use crate::pages::data;
use crate::pages::numbers::{amount, plain, unit};
use crate::pages::page::Page;
use crate::pages::way::with_query;

/// Items of a page.
const SHOWN: usize = 200;

/// An item without components, as the database tells it.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Total {
    pub(in crate::pages) item_code: String,
    pub(in crate::pages) item_name: String,
    pub(in crate::pages) quantity: Decimal,
    pub(in crate::pages) unit_code: String,
    pub(in crate::pages) unit_cost: Option<Decimal>,
    pub(in crate::pages) is_unresolved: bool,
}

/// What makes up the cost of a bill of materials.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct CostParts {
    pub(in crate::pages) parts_cost: Decimal,
    pub(in crate::pages) assemblies_cost: Decimal,
    pub(in crate::pages) scrap_cost: Decimal,
    pub(in crate::pages) total_cost: Decimal,
}

impl CostParts {
    /// Of a bill of materials whose cost may be seen.
    pub(in crate::pages) async fn read(
        context: &mut Context,
        sheet: &Sheet,
    ) -> Result<Option<Self>, Problem> {
        if sheet.cost.is_none() {
            return Ok(None);
        }
        let given = Map::from_iter([("bom_id".to_owned(), Value::from(sheet.bom_id))]);
        let found: Vec<Self> = data::found(context, "bom_cost_parts", given).await?;
        Ok(found.into_iter().next())
    }

    /// What comes to the parts, as it is named and what it costs.
    pub(in crate::pages) fn beside_parts(&self) -> [(&'static str, Decimal); 2] {
        [("bom-cost-assemblies", self.assemblies_cost), ("bom-cost-scrap", self.scrap_cost)]
    }
}

/// An item with its quantity.
#[derive(Debug)]
pub(super) struct TotalRow {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) mark: Option<Status>,
    pub(super) quantity: String,
    pub(super) unit: String,
    pub(super) unit_cost: String,
    pub(super) cost: String,
}

/// Items with their quantities, a page of them.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) rows: Vec<TotalRow>,
    pub(super) has_cost: bool,
    pub(super) told: String,
    /// What makes up the whole cost, where all items are meant.
    pub(super) parts: Vec<String>,
    pub(super) first: Option<Link>,
    pub(super) next: Option<Link>,
}

impl Totals {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Items from one on whose code or name has these letters.
pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    sheet: &Sheet,
    find: &str,
    from: &str,
) -> Result<Totals, Problem> {
    let given = Map::from_iter([("bom_id".to_owned(), Value::from(sheet.bom_id))]);
    let totals: Vec<Total> = data::found(context, "bom_leaf_totals", given).await?;
    let letters = find.to_lowercase();
    let fits =
        |one: &&Total| format!("{} {}", one.item_code, one.item_name).to_lowercase().contains(&letters);
    let found: Vec<&Total> = totals.iter().filter(fits).collect();
    let rest: Vec<&Total> = found.iter().filter(|one| one.item_code.as_str() >= from).copied().collect();
    let at = |from: &str| {
        with_query(&format!("/boms/{}", sheet.bom_id), &[("view", "totals"), ("find", find), ("from", from)])
    };
    let parts = if find.is_empty() { CostParts::read(context, sheet).await? } else { None };
    let next = rest.get(SHOWN).map(|one| Link::new(at(&one.item_code), page.t("pager-next"), false));
    Ok(Totals {
        rows: rest.iter().take(SHOWN).map(|one| row(page, one)).collect(),
        has_cost: sheet.cost.is_some(),
        told: page.tv("bom-count-parts", "count", found.len()),
        parts: parts.map(|parts| told_parts(page, &parts)).unwrap_or_default(),
        first: (rest.len() < found.len()).then(|| Link::new(at(""), page.t("pager-first"), false)),
        next,
    })
}

fn told_parts(page: &Page, parts: &CostParts) -> Vec<String> {
    let all = [("bom-cost-parts", parts.parts_cost)].into_iter().chain(parts.beside_parts());
    all.map(|(name, cost)| format!("{} {}", page.t(name), amount(page.words, cost, 2))).collect()
}

fn row(page: &Page, one: &Total) -> TotalRow {
    TotalRow {
        code: one.item_code.clone(),
        name: one.item_name.clone(),
        mark: one.is_unresolved.then(|| Status::pill(Tone::Bad, page.t("bom-line-unknown"))),
        quantity: plain(page.words, one.quantity),
        unit: unit(page.words, &one.unit_code),
        unit_cost: one.unit_cost.map(|cost| amount(page.words, cost, 2)).unwrap_or_default(),
        cost: one.unit_cost.map(|cost| amount(page.words, cost * one.quantity, 2)).unwrap_or_default(),
    }
}
