//! The lines of a bill of materials as a tree: what is open stands in the address, so that it can be read without scripts.

use super::read::{Line, Sheet, Wanted};
use crate::pages::components::{Branch, Heading, More, Open, Status, Tone, Tree, TreeCell, TreeLine, Twist};
use crate::pages::numbers::{amount, plain, unit};
use crate::pages::page::Page;
use crate::pages::way::with_query;

/// How lines become rows: of which BOM, with what open, and which line is told of.
#[derive(Debug)]
pub(super) struct Rows<'p> {
    pub(super) page: &'p Page,
    pub(super) sheet: &'p Sheet,
    pub(super) wanted: &'p Wanted,
    pub(super) told: Option<i64>,
}

impl Rows<'_> {
    fn path(&self) -> String {
        format!("/boms/{}", self.sheet.bom_id)
    }

    /// The page with these paths open.
    fn page_with(&self, open: &Open, more: &[(&str, &str)]) -> String {
        let open = open.text();
        let mut query = vec![("open", open.as_str())];
        query.extend([("under", self.wanted.under.as_str()), ("find", self.wanted.find.as_str())]);
        query.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        query.extend(more);
        with_query(&self.path(), &query)
    }

    /// A branch without its frame.
    fn branch_at(&self, under: &str, after: Option<i64>) -> String {
        let after = after.map(|after| after.to_string()).unwrap_or_default();
        let query = [("under", under), ("after", after.as_str()), ("find", self.wanted.find.as_str())];
        with_query(&format!("{}/branch", self.path()), &query)
    }

    fn twist(&self, line: &Line) -> Option<Twist> {
        if line.component_count == 0 || !self.wanted.find.is_empty() {
            return None;
        }
        let open = &self.wanted.open;
        let open = if line.is_open { open.without(&line.path) } else { open.with(&line.path) };
        let key = if line.is_open { "tree-close" } else { "tree-open" };
        Some(Twist {
            href: self.page_with(&open, &[]),
            branch: self.branch_at(&line.path, None),
            is_open: line.is_open,
            label: self.page.tv(key, "code", line.item_code.clone()),
        })
    }

    fn more(&self, line: &Line) -> Option<More> {
        if line.more_count == 0 {
            return None;
        }
        let above = line.path.rsplit_once('.').map_or("", |(above, _)| above);
        let after = line.line_number.to_string();
        Some(More {
            path: line.path.clone(),
            depth: line.depth,
            href: self.page_with(&Open::default(), &[("under", above), ("after", &after)]),
            branch: self.branch_at(above, Some(line.line_number)),
            text: self.page.tv("tree-more", "count", line.more_count),
        })
    }

    fn marks(&self, line: &Line) -> Vec<Status> {
        let mut marks = Vec::new();
        if line.is_unresolved {
            marks.push(Status::pill(Tone::Bad, self.page.t("bom-line-unknown")));
        }
        if line.is_manual {
            marks.push(Status::pill(Tone::Info, self.page.t("bom-line-by-hand")));
        }
        marks.extend(line.note.clone().map(|note| Status::pill(Tone::None, note)));
        marks
    }

    fn line(&self, line: &Line) -> TreeLine {
        let number = line.line_number.to_string();
        let kept = &self.wanted.open;
        let open = if kept.is_empty() { Open::above(&line.path) } else { kept.clone() };
        let cost = |class: &'static str, cost: Option<rust_decimal::Decimal>| TreeCell {
            class,
            text: cost.map(|cost| amount(self.page.words, cost, 2)).unwrap_or_default(),
            rules: Vec::new(),
        };
        let mut cells = Vec::with_capacity(3);
        if self.sheet.cost.is_some() {
            cells.extend([cost("num more wide", line.unit_cost), cost("num more", line.cost)]);
        }
        cells.push(TreeCell { class: "mid", text: String::new(), rules: line.rules.clone() });
        TreeLine {
            path: line.path.clone(),
            depth: line.depth,
            code: line.item_code.clone(),
            name: line.item_name.clone(),
            href: format!("{}#why", self.page_with(&open, &[("line", &number)])),
            about: Some(format!("{}/lines/{}", self.path(), line.line_number)),
            is_told: self.told == Some(line.line_number),
            is_found: line.is_found,
            marks: self.marks(line),
            above: (line.depth > 0).then(|| plain(self.page.words, line.quantity_above)),
            per: plain(self.page.words, line.quantity_per),
            quantity: plain(self.page.words, line.quantity),
            unit: unit(self.page.words, &line.unit_code),
            twist: self.twist(line),
            cells,
            more: self.more(line),
        }
    }

    /// The lines as rows.
    pub(super) fn branch(&self, lines: &[Line]) -> Branch {
        Branch::new(lines.iter().map(|line| self.line(line)).collect())
    }

    /// The tree with its heads.
    pub(super) fn tree(&self, lines: &[Line]) -> Tree {
        let head = |class: &'static str, key: &str| Heading::new(class, self.page.t(key));
        let mut heads = vec![
            head("", "tree-item"),
            head("num more b-sum", "tree-sum"),
            head("num b-quantity", "tree-quantity"),
            head("more wide b-unit", "tree-unit"),
        ];
        if self.sheet.cost.is_some() {
            heads
                .extend([head("num more wide b-cost", "bom-unit-cost"), head("num more b-cost", "bom-cost")]);
        }
        heads.push(head("mid b-rule", "bom-rule"));
        Tree { label: self.page.t("bom-title"), heads, branch: self.branch(lines) }
    }
}
