//! Two revisions of a bill of materials against each other.

use std::collections::{HashMap, HashSet};

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
use crate::pages::way::with_query;

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
    cost_a: Option<Decimal>,
    cost_b: Option<Decimal>,
}

impl Change {
    fn kind(&self) -> Kind {
        Kind::of(&self.change)
    }

    /// What the line itself costs more.
    fn dearer(&self) -> Decimal {
        self.cost_b.unwrap_or_default() - self.cost_a.unwrap_or_default()
    }
}

/// What is inside of an assembly that came or went as a whole comes or goes with it: told with the assembly.
struct Branches<'c> {
    tops: Vec<&'c Change>,
    inside: HashMap<(Kind, &'c str), Vec<&'c Change>>,
}

impl<'c> Branches<'c> {
    fn of(changes: &'c [Change]) -> Self {
        let mut inside: HashMap<(Kind, &str), Vec<&Change>> = HashMap::new();
        let whole: HashSet<(Kind, &str)> = changes
            .iter()
            .filter(|one| one.kind() != Kind::Changed)
            .map(|one| (one.kind(), one.item_code.as_str()))
            .collect();
        let mut tops = Vec::new();
        for one in changes {
            let held = one.parent_code.as_deref().map(|parent| (one.kind(), parent));
            match held.filter(|held| whole.contains(held)) {
                Some(held) => inside.entry(held).or_default().push(one),
                None => tops.push(one),
            }
        }
        Self { tops, inside }
    }

    fn below(&self, one: &'c Change) -> &[&'c Change] {
        self.inside.get(&(one.kind(), one.item_code.as_str())).map_or(&[], Vec::as_slice)
    }

    /// How many lines come with it, and what all of it costs more. A line is counted once, however often its assembly is there.
    fn whole(&self, one: &'c Change) -> (usize, Decimal) {
        let mut seen: HashSet<&str> = HashSet::from([one.item_code.as_str()]);
        let mut waiting = vec![one];
        let (mut count, mut dearer) = (0, one.dearer());
        while let Some(above) = waiting.pop() {
            for line in self.below(above) {
                count += 1;
                dearer += line.dearer();
                if seen.insert(&line.item_code) {
                    waiting.push(line);
                }
            }
        }
        (count, dearer)
    }
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
    /// What it costs more with all that came or went with it; empty for whom costs are not.
    pub(super) cost: String,
    /// Opens or closes what came or went with it.
    pub(super) inside: Option<Inside>,
    /// Whether it came or went with the line above.
    pub(super) is_inside: bool,
}

/// The lines that came or went with an assembly.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) is_open: bool,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// What these cost more, with its sign.
    pub(super) cost: Option<String>,
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
    pub(super) has_cost: bool,
    /// Whether a line that is shown is inside of an assembly.
    pub(super) has_parents: bool,
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
    open: &str,
) -> Result<Compare, Problem> {
    let (before, revision) = other(sheet, asked).unwrap_or((sheet.bom_id, sheet.revision));
    let given = Map::from_iter([
        ("bom_a".to_owned(), Value::from(before)),
        ("bom_b".to_owned(), Value::from(sheet.bom_id)),
    ]);
    let changes: Vec<Change> = data::found(context, "compare_boms", given).await?;
    let cost = if sheet.cost.is_some() { dearer(context, before, sheet.bom_id).await? } else { None };
    let of = |kind: Kind| changes.iter().filter(move |one| one.kind() == kind);
    let sum = |kind: Kind| of(kind).map(Change::dearer).sum::<Decimal>();
    let signed = |cost: Decimal| numbers::dearer(page.words, cost, 2);
    let count = |kind: Kind| Count {
        kind,
        word: page.t(kind.key()),
        count: page.tv("bom-count-changed", "count", of(kind).count()),
        // Of what changed in number, also the lines below are more or fewer: what is neither added nor removed.
        cost: cost.map(|whole| match kind {
            Kind::Changed => signed(whole - sum(Kind::Added) - sum(Kind::Removed)),
            _ => signed(sum(kind)),
        }),
    };
    let branches = Branches::of(&changes);
    let folded = Folded { page, sheet, with: before, open, branches: &branches };
    let rows = folded.rows();
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
        more: (rows.len() > SHOWN).then(|| page.tv("bom-changes-more", "count", rows.len() - SHOWN)),
        has_parents: rows.iter().take(SHOWN).any(|row| row.parent.is_some()),
        rows: rows.into_iter().take(SHOWN).collect(),
        parameters: parameters(context, page, sheet, before).await?,
        has_cost: cost.is_some(),
        cost: cost.map(signed),
    })
}

/// The changes as they are shown: what came or went as a whole in one line, until it is opened.
struct Folded<'c> {
    page: &'c Page,
    sheet: &'c Sheet,
    with: i64,
    /// Codes of the assemblies that are open, with commas between them.
    open: &'c str,
    branches: &'c Branches<'c>,
}

impl<'c> Folded<'c> {
    fn is_open(&self, code: &str) -> bool {
        self.open.split(',').any(|open| open == code)
    }

    fn rows(&self) -> Vec<ChangeRow> {
        let mut rows = Vec::new();
        // Of an assembly that came or went in several places the inside is told at the first.
        let mut told = HashSet::new();
        for top in &self.branches.tops {
            let is_first = told.insert((top.kind(), top.item_code.as_str()));
            rows.push(self.row(top, !is_first, false));
            if is_first && self.is_open(&top.item_code) {
                self.open_branch(top, &mut HashSet::new(), &mut rows);
            }
        }
        rows
    }

    fn open_branch(&self, above: &'c Change, seen: &mut HashSet<&'c str>, rows: &mut Vec<ChangeRow>) {
        if !seen.insert(&above.item_code) {
            return;
        }
        for line in self.branches.below(above) {
            rows.push(self.row(line, true, true));
            self.open_branch(line, seen, rows);
        }
    }

    fn row(&self, change: &'c Change, is_alone: bool, is_inside: bool) -> ChangeRow {
        let words = self.page.words;
        let amount = |amount: Option<Decimal>| amount.map(|amount| plain(words, amount)).unwrap_or_default();
        let (count, dearer) = if is_alone { (0, change.dearer()) } else { self.branches.whole(change) };
        ChangeRow {
            kind: change.kind(),
            word: self.page.t(change.kind().key()),
            code: change.item_code.clone(),
            name: change.item_name.clone(),
            parent: change.parent_code.clone(),
            before: amount(change.quantity_a),
            after: amount(change.quantity_b),
            unit: unit(words, &change.unit_code),
            cost: self.sheet.cost.map(|_| numbers::dearer(words, dearer, 2)).unwrap_or_default(),
            inside: (count > 0).then(|| self.inside(&change.item_code, count)),
            is_inside,
        }
    }

    fn inside(&self, code: &str, count: usize) -> Inside {
        let is_open = self.is_open(code);
        let others = self.open.split(',').filter(|open| !open.is_empty() && *open != code);
        let open: Vec<&str> = others.chain((!is_open).then_some(code)).collect();
        let with = self.with.to_string();
        let asked = [("view", "compare"), ("with", with.as_str()), ("open", &open.join(","))];
        Inside {
            href: with_query(&format!("/boms/{}", self.sheet.bom_id), &asked),
            text: self.page.tv("bom-inside", "count", count),
            is_open,
        }
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

/// What one costs more than the other.
async fn dearer(context: &mut Context, before: i64, after: i64) -> Result<Option<Decimal>, Problem> {
    let given = Map::from_iter([("bom_ids".to_owned(), Value::from(vec![before, after]))]);
    let prices: Vec<Price> = data::found(context, "bom_prices", given).await?;
    let of = |key: i64| prices.iter().find(|one| one.bom_id == key).and_then(|one| one.total_cost);
    let (Some(before), Some(after)) = (of(before), of(after)) else { return Ok(None) };
    Ok(Some(after - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(change: &str, parent: Option<&str>, code: &str, cost: i64) -> Change {
        let (before, after) =
            if change == "removed" { (Some(cost.into()), None) } else { (None, Some(cost.into())) };
        Change {
            change: change.to_owned(),
            parent_code: parent.map(str::to_owned),
            item_code: code.to_owned(),
            item_name: code.to_owned(),
            quantity_a: None,
            quantity_b: None,
            unit_code: "EA".to_owned(),
            cost_a: before,
            cost_b: after,
        }
    }

    #[test]
    fn what_came_as_a_whole_is_one_line_with_its_cost() {
        let changes = [
            change("added", None, "BODY", 10),
            change("added", Some("BODY"), "FRAME", 5),
            change("added", Some("FRAME"), "BOLT", 1),
            change("removed", None, "BOARD", 7),
            // Its assembly stays.
            change("removed", Some("KIT"), "BOLT", 2),
        ];
        let branches = Branches::of(&changes);
        let tops: Vec<&str> = branches.tops.iter().map(|one| one.item_code.as_str()).collect();
        assert_eq!(tops, ["BODY", "BOARD", "BOLT"]);
        assert_eq!(branches.whole(&changes[0]), (2, Decimal::from(16)));
        assert_eq!(branches.whole(&changes[3]), (0, Decimal::from(-7)));
    }

    #[test]
    fn what_two_that_came_share_is_counted_once() {
        let changes = [
            change("added", None, "LEFT", 1),
            change("added", Some("LEFT"), "SHARED", 1),
            change("added", Some("LEFT"), "RIGHT", 1),
            change("added", Some("RIGHT"), "SHARED", 1),
            change("added", Some("SHARED"), "BOLT", 1),
        ];
        let branches = Branches::of(&changes);
        assert_eq!(branches.whole(&changes[0]), (4, Decimal::from(5)));
    }
}
