//! The lines of a BOM as a tree that names each line once: a BOM is a graph, and what is in several places is listed in the first.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use serde::Deserialize;

/// A line as it is exported.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    pub(super) line_number: i64,
    pub(super) depth: usize,
    pub(super) parent_code: Option<String>,
    pub(super) item_code: String,
    pub(super) specification_code: String,
    pub(super) item_name: String,
    pub(super) quantity_per: Decimal,
    pub(super) quantity_total: Decimal,
    pub(super) unit_code: String,
    pub(super) is_leaf: bool,
    pub(super) is_manual: bool,
    pub(super) is_unresolved: bool,
    pub(super) note: Option<String>,
    /// Who signed the BOM, as every file of it says.
    pub(super) signatures: Option<String>,
}

impl Line {
    /// Whether it was made for one configuration: its code is a number that its specification was given.
    pub(super) fn is_custom(&self) -> bool {
        self.item_code != self.specification_code
    }
}

/// A line in its place.
#[derive(Debug)]
pub(super) struct Placed<'l> {
    pub(super) line: &'l Line,
    pub(super) level: usize,
    /// How many of its parent there are in all.
    pub(super) above: Option<Decimal>,
    /// The line below which its components are listed, where that is another one.
    pub(super) listed_at: Option<i64>,
}

/// Every line once, each below the first line of its parent.
pub(super) fn placed(lines: &[Line]) -> Vec<Placed<'_>> {
    let mut children: HashMap<&str, Vec<&Line>> = HashMap::new();
    let mut sums: HashMap<&str, Decimal> = HashMap::new();
    for line in lines {
        if let Some(parent) = &line.parent_code {
            children.entry(parent).or_default().push(line);
        }
        *sums.entry(&line.item_code).or_default() += line.quantity_total;
    }
    let mut listed: HashMap<&str, i64> = HashMap::new();
    let mut seen = HashSet::new();
    let mut placed = Vec::with_capacity(lines.len());
    // Lines whose parent is in no line come last, so that none is lost.
    for top in lines.iter().filter(|line| line.parent_code.is_none()).chain(lines) {
        let mut waiting = vec![(top, top.depth)];
        while let Some((line, level)) = waiting.pop() {
            if !seen.insert(line.line_number) {
                continue;
            }
            let above = line.parent_code.as_deref().and_then(|parent| sums.get(parent).copied());
            let below = children.get(line.item_code.as_str());
            let listed_at = below.and_then(|_| listed.get(line.item_code.as_str()).copied());
            placed.push(Placed { line, level, above, listed_at });
            if let (Some(below), None) = (below, listed_at) {
                listed.insert(&line.item_code, line.line_number);
                waiting.extend(below.iter().rev().map(|line| (*line, level + 1)));
            }
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: i64, parent: Option<&str>, code: &str, per: i64, total: i64) -> Line {
        Line {
            line_number: number,
            depth: usize::from(parent.is_some()),
            parent_code: parent.map(str::to_owned),
            item_code: code.to_owned(),
            specification_code: code.to_owned(),
            item_name: code.to_owned(),
            quantity_per: per.into(),
            quantity_total: total.into(),
            unit_code: "each".to_owned(),
            is_leaf: true,
            is_manual: false,
            is_unresolved: false,
            note: None,
            signatures: None,
        }
    }

    #[test]
    fn what_is_in_two_places_is_listed_in_the_first_and_every_line_once() {
        let lines = [
            line(1, None, "A", 2, 2),
            line(2, None, "B", 1, 1),
            line(3, Some("A"), "C", 3, 6),
            line(4, Some("B"), "C", 1, 1),
            line(5, Some("C"), "D", 4, 28),
            line(6, Some("lost"), "E", 1, 1),
        ];
        let told: Vec<_> = placed(&lines)
            .iter()
            .map(|one| (one.line.line_number, one.level, one.above.map(|sum| sum.to_string()), one.listed_at))
            .collect();
        let above = |sum: &str| Some(sum.to_owned());
        assert_eq!(
            told,
            [
                (1, 0, None, None),
                (3, 1, above("2"), None),
                (5, 2, above("7"), None),
                (2, 0, None, None),
                (4, 1, above("1"), Some(3)),
                (6, 1, None, None),
            ]
        );
    }

    #[test]
    fn what_is_in_itself_ends() {
        let lines = [line(1, None, "A", 1, 1), line(2, Some("A"), "B", 1, 1), line(3, Some("B"), "A", 1, 1)];
        assert_eq!(placed(&lines).len(), 3);
    }
}
