//! Two revisions of a bill of materials against each other.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::read::Sheet;
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::{Icon, Tone};
use crate::pages::configurator::told_changes;
use crate::pages::data;
use crate::pages::numbers::{self, plain, unit};
use crate::pages::page::Page;
use crate::words::Words;

const CONFIGURATIONS: ListSpec = ListSpec {
    relation: "configurations",
    filters: &["configuration_id"],
    sorts: &["configuration_id"],
    key: &[],
};
const REVISIONS: ListSpec = ListSpec { relation: "boms", filters: &["bom_id"], sorts: &["bom_id"], key: &[] };

/// Changes that are shown; a file has all lines.
const SHOWN: usize = 300;

#[derive(Debug, Deserialize)]
struct Change {
    change: String,
    parent_code: Option<String>,
    item_code: String,
    item_name: String,
    quantity_a: Option<Decimal>,
    quantity_b: Option<Decimal>,
    unit_code: String,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    configuration_id: i64,
    parameters: Value,
}

#[derive(Debug, Deserialize)]
struct Other {
    configuration_id: i64,
}

#[derive(Debug, Deserialize)]
struct Price {
    bom_id: i64,
    total_cost: Option<Decimal>,
}

/// A line that is not the same in both.
#[derive(Debug)]
pub(super) struct ChangeRow {
    pub(super) kind: Kind,
    pub(super) word: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) parent: Option<String>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) unit: String,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Changed,
    Removed,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Added, Self::Changed, Self::Removed];

    fn of(text: &str) -> Self {
        match text {
            "added" => Self::Added,
            "removed" => Self::Removed,
            _ => Self::Changed,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::Added => Tone::Ok,
            Self::Changed => Tone::Info,
            Self::Removed => Tone::Bad,
        }
    }

    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Added => Icon("plus"),
            Self::Changed => Icon("pencil-line"),
            Self::Removed => Icon("minus"),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Added => "change-added",
            Self::Changed => "change-changed",
            Self::Removed => "change-removed",
        }
    }
}

/// How many lines were changed in which way.
#[derive(Debug)]
pub(super) struct Count {
    pub(super) kind: Kind,
    pub(super) word: String,
    pub(super) count: String,
}

/// One revision against another.
#[derive(Debug)]
pub(super) struct Compare {
    /// Key and name of each other revision, and whether it is this one.
    pub(super) others: Vec<(i64, String, bool)>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) counts: Vec<Count>,
    pub(super) rows: Vec<ChangeRow>,
    /// How many are not shown.
    pub(super) more: Option<String>,
    /// What was changed in the configuration.
    pub(super) parameters: Vec<String>,
    /// What it costs more, with its sign.
    pub(super) cost: Option<String>,
}

/// The revision that is compared with: the one that is asked for, or the one before.
fn other(sheet: &Sheet, asked: &str) -> Option<(i64, i64)> {
    let wanted: Option<i64> = asked.parse().ok();
    let others = || sheet.revisions.iter().filter(|one| one.bom_id != sheet.bom_id);
    let found = others()
        .find(|one| Some(one.bom_id) == wanted)
        .or_else(|| others().find(|one| one.revision < sheet.revision))
        .or_else(|| others().next())?;
    Some((found.bom_id, found.revision))
}

pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    sheet: &Sheet,
    asked: &str,
) -> Result<Compare, Problem> {
    let (before, revision) = other(sheet, asked).unwrap_or((sheet.bom_id, sheet.revision));
    let given = Map::from_iter([
        ("bom_a".to_owned(), Value::from(before)),
        ("bom_b".to_owned(), Value::from(sheet.bom_id)),
    ]);
    let changes: Vec<Change> = data::found(context, "compare_boms", given).await?;
    let cost =
        if sheet.cost.is_some() { dearer(page.words, context, before, sheet.bom_id).await? } else { None };
    let count = |kind: Kind| Count {
        kind,
        word: page.t(kind.key()),
        count: page.tv(
            "bom-count-changed",
            "count",
            changes.iter().filter(|one| Kind::of(&one.change) == kind).count(),
        ),
    };
    let named = |revision: i64| page.tv("bom-revision", "revision", revision);
    Ok(Compare {
        others: sheet
            .revisions
            .iter()
            .filter(|one| one.bom_id != sheet.bom_id)
            .map(|one| (one.bom_id, named(one.revision), one.bom_id == before))
            .collect(),
        before: named(revision),
        after: named(sheet.revision),
        counts: Kind::ALL.map(count).into(),
        rows: changes.iter().take(SHOWN).map(|one| row(page, one)).collect(),
        more: (changes.len() > SHOWN).then(|| page.tv("bom-changes-more", "count", changes.len() - SHOWN)),
        parameters: parameters(context, page, sheet, before).await?,
        cost,
    })
}

fn row(page: &Page, change: &Change) -> ChangeRow {
    let kind = Kind::of(&change.change);
    let amount = |amount: Option<Decimal>| amount.map(|amount| plain(page.words, amount)).unwrap_or_default();
    ChangeRow {
        kind,
        word: page.t(kind.key()),
        code: change.item_code.clone(),
        name: change.item_name.clone(),
        parent: change.parent_code.clone(),
        before: amount(change.quantity_a),
        after: amount(change.quantity_b),
        unit: unit(page.words, &change.unit_code),
    }
}

/// What was changed in the configuration between the two.
async fn parameters(
    context: &mut Context,
    page: &Page,
    sheet: &Sheet,
    before: i64,
) -> Result<Vec<String>, Problem> {
    let key = before.to_string();
    let found: Vec<Other> = data::rows(context, &REVISIONS, &[("filter[bom_id]", &key)]).await?;
    let Some(other) = found.into_iter().next().map(|one| one.configuration_id) else { return Ok(Vec::new()) };
    if other == sheet.configuration_id {
        return Ok(Vec::new());
    }
    let keys = format!("{other},{}", sheet.configuration_id);
    let found: Vec<Configuration> =
        data::rows(context, &CONFIGURATIONS, &[("filter[configuration_id][in]", &keys)]).await?;
    let of =
        |key: i64| found.iter().find(|one| one.configuration_id == key).map(|one| one.parameters.clone());
    let (Some(before), Some(after)) = (of(other), of(sheet.configuration_id)) else { return Ok(Vec::new()) };
    Ok(told_changes(page, before, after))
}

/// What one costs more than the other, with its sign.
async fn dearer(
    words: Words,
    context: &mut Context,
    before: i64,
    after: i64,
) -> Result<Option<String>, Problem> {
    let given = Map::from_iter([("bom_ids".to_owned(), Value::from(vec![before, after]))]);
    let prices: Vec<Price> = data::found(context, "bom_prices", given).await?;
    let of = |key: i64| prices.iter().find(|one| one.bom_id == key).and_then(|one| one.total_cost);
    let (Some(before), Some(after)) = (of(before), of(after)) else { return Ok(None) };
    Ok(Some(numbers::dearer(words, after - before, 2)))
}
