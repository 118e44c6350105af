//! The parts of the paper, from the top.

use std::collections::HashSet;

use rust_decimal::Decimal;
use torvan_print::{Block, Cell, Column, Fact, Notice, Row, RowKind, Stamp, Table, Text, Tone, Width};

use super::Bom;
use super::lines::{Line, Placed, placed};
use crate::pages::boms::{CostParts, Sheet, aside};
use crate::pages::components::{Gate, Tone as Hue};
use crate::pages::configurator::told_parameters;
use crate::pages::numbers::{amount, money, plain, unit};
use crate::pages::page::Page;

/// The unit of what is counted by the piece.
const PIECE: &str = "each";

/// How it stands, in a word.
pub(super) fn state(page: &Page, sheet: &Sheet) -> String {
    page.t(&format!("bom-state-{}", sheet.state.to_lowercase()))
}

pub(super) fn blocks(page: &Page, bom: &Bom) -> Vec<Block> {
    let placed = placed(&bom.lines);
    let mut blocks = vec![
        Block::Title(page.t("bom-title"), about(page, &bom.sheet)),
        Block::Facts(4, facts(page, bom)),
        Block::Figures(figures(page, bom)),
        Block::Notices(notices(page, &bom.sheet)),
    ];
    if let Some(parameters) = &bom.parameters {
        blocks.push(Block::Heading(page.t("bom-configuration"), String::new()));
        let told = told_parameters(page.words, parameters);
        blocks.push(Block::Facts(5, told.into_iter().map(|(name, value)| Fact::new(name, value)).collect()));
    }
    blocks.extend(approval(page, bom));
    blocks.extend(unresolved(page, bom));
    blocks.push(Block::Heading(page.t("paper-lines"), page.t("paper-lines-about")));
    blocks.push(Block::Table(lines(page, &placed)));
    blocks.push(Block::Heading(page.t("paper-totals"), page.t("paper-totals-about")));
    blocks.push(Block::Table(totals(page, bom)));
    blocks
}

/// Which one it is.
fn about(page: &Page, sheet: &Sheet) -> String {
    let build = sheet.build_number.as_ref().map(|build| page.tv("paper-build-named", "build", build.clone()));
    let revision = page.tv("bom-revision", "revision", sheet.revision);
    build.into_iter().chain([revision, state(page, sheet)]).collect::<Vec<_>>().join(" · ")
}

fn facts(page: &Page, bom: &Bom) -> Vec<Fact> {
    let sheet = &bom.sheet;
    let facts = [
        ("paper-number", Some(sheet.bom_id.to_string()), 1),
        ("paper-order", sheet.order_number.clone(), 1),
        ("paper-customer", sheet.customer.clone(), 2),
        ("paper-build", sheet.build_number.clone(), 1),
        ("paper-revision", Some(format!("{}, {}", sheet.revision, state(page, sheet))), 1),
        ("bom-configuration", Some(page.tv("bom-version", "version", sheet.configuration_version)), 1),
        ("bom-rule-set", sheet.rule_set.clone(), 1),
    ];
    let known = facts.into_iter().filter_map(|(key, value, span)| Some((key, value?, span)));
    let mut facts: Vec<Fact> =
        known.map(|(key, value, span)| Fact::new(page.t(key), value).over(span)).collect();
    facts.push(Fact::new(page.t("bom-hash"), sheet.content_hash.clone()).over(4));
    facts
}

/// Sum of what is counted by the piece.
fn pieces(bom: &Bom) -> Decimal {
    bom.totals.iter().filter(|one| one.unit_code == PIECE).map(|one| one.quantity).sum()
}

fn figures(page: &Page, bom: &Bom) -> Vec<(String, String)> {
    let sheet = &bom.sheet;
    let mut figures = vec![
        (amount(page.words, sheet.line_count.into(), 0), page.t("paper-lines-count")),
        (amount(page.words, sheet.leaf_count.into(), 0), page.t("paper-parts-count")),
        (amount(page.words, pieces(bom), 0), page.t("paper-pieces")),
    ];
    let weight = sheet
        .weight_kg
        .map(|weight| (format!("{} kg", amount(page.words, weight, 1)), page.t("paper-weight")));
    let hours = sheet
        .labour_hours
        .map(|hours| (format!("{} h", amount(page.words, hours, 1)), page.t("total-hours")));
    let cost = sheet.cost.map(|cost| (money(page.words, cost, 2), page.t("total-cost")));
    figures.extend([weight, hours, cost].into_iter().flatten());
    figures
}

fn tone(hue: Hue) -> Tone {
    match hue {
        Hue::Ok => Tone::Good,
        Hue::Warn | Hue::Hold => Tone::Warn,
        Hue::Bad => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// What is to heed, and whether it may be built from.
fn notices(page: &Page, sheet: &Sheet) -> Vec<Notice> {
    let is_approved = matches!(sheet.state.as_str(), "APPROVED" | "RELEASED");
    let caution = (!is_approved).then(|| Notice { tone: Tone::Warn, text: page.t("paper-not-approved") });
    let told = |gate: Gate| Notice { tone: tone(gate.tone), text: gate.what };
    caution.into_iter().chain(aside(page, sheet).findings.into_iter().map(told)).collect()
}

/// Who signed, and who did what.
fn approval(page: &Page, bom: &Bom) -> Vec<Block> {
    let aside = aside(page, &bom.sheet);
    let stamps: Vec<Stamp> = aside
        .stamps
        .into_iter()
        .map(|stamp| Stamp { name: stamp.name, meaning: stamp.meaning, at: stamp.at, doubt: stamp.doubt })
        .collect();
    let known = [page.t("bom-hash"), page.t("bom-configuration"), page.t("bom-rule-set")];
    let facts = aside.facts.into_iter().filter(|(name, _)| !known.contains(name));
    let facts = facts.map(|(name, value)| Fact::new(name, value)).collect();
    let mut blocks = vec![Block::Heading(page.t("bom-approval"), String::new())];
    if stamps.is_empty() {
        // Who may not look into signatures still sees on the paper that there are some.
        let told = bom.lines.first().and_then(|line| line.signatures.clone());
        let text = told.unwrap_or_else(|| page.t("paper-no-signature"));
        blocks.push(Block::Notices(vec![Notice { tone: Tone::Soft, text }]));
    } else {
        blocks.push(Block::Stamps(stamps));
    }
    blocks.push(Block::Facts(3, facts));
    blocks
}

fn unresolved(page: &Page, bom: &Bom) -> Vec<Block> {
    let lines: Vec<&Line> = bom.lines.iter().filter(|line| line.is_unresolved).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::right(page.t("paper-line"), Width::Fixed(30.0)),
        Column::left(page.t("paper-code"), Width::Fixed(170.0)),
        Column::left(page.t("paper-description"), Width::Share(1.0)),
        Column::right(page.t("tree-quantity"), Width::Fixed(58.0)),
        Column::left(page.t("tree-unit"), Width::Fixed(46.0)),
    ];
    let row = |line: &&Line| Row {
        kind: RowKind::Line,
        cells: vec![
            Text::plain(line.line_number.to_string()).tone(Tone::Soft).into(),
            Text::strong(&line.item_code).tone(Tone::Bad).into(),
            Text::plain(&line.item_name).into(),
            Text::plain(plain(page.words, line.quantity_total)).into(),
            Text::plain(unit(page.words, &line.unit_code)).tone(Tone::Soft).into(),
        ],
    };
    let heading = Block::Heading(page.t("paper-unresolved"), String::new());
    vec![heading, Block::Table(Table { columns, rows: lines.iter().map(row).collect() })]
}

/// What is said of a line below its name.
fn remarks(page: &Page, placed: &Placed<'_>) -> Vec<Text> {
    let line = placed.line;
    let soft = |text: String| Text::plain(text).tone(Tone::Soft);
    let mut remarks = Vec::new();
    if line.is_unresolved {
        remarks.push(Text::strong(page.t("bom-line-unknown")).tone(Tone::Bad));
    }
    if line.is_custom() {
        remarks.push(soft(page.tv("paper-custom", "code", line.specification_code.clone())));
    }
    if line.is_manual {
        remarks.push(Text::plain(page.t("bom-line-by-hand")).tone(Tone::Warn));
    }
    remarks.extend(line.note.clone().map(soft));
    remarks.extend(placed.listed_at.map(|line| soft(page.tv("paper-listed-at", "line", line))));
    remarks
}

fn lines(page: &Page, placed: &[Placed<'_>]) -> Table {
    let columns = vec![
        Column::right(page.t("paper-line"), Width::Fixed(30.0)),
        Column::right(page.t("paper-level"), Width::Fixed(30.0)),
        Column::left(page.t("paper-code"), Width::Fixed(178.0)),
        Column::left(page.t("paper-description"), Width::Share(1.0)),
        Column::right(page.t("tree-sum"), Width::Fixed(64.0)),
        Column::right(page.t("tree-quantity"), Width::Fixed(50.0)),
        Column::left(page.t("tree-unit"), Width::Fixed(46.0)),
    ];
    let mut rows: Vec<Row> = placed.iter().map(|one| line(page, one)).collect();
    let count = Text::strong(page.tv("bom-count-lines", "count", placed.len()));
    let mut cells = vec![Cell::default(); columns.len()];
    cells[2] = count.into();
    rows.push(Row { kind: RowKind::Sum, cells });
    Table { columns, rows }
}

fn line(page: &Page, placed: &Placed<'_>) -> Row {
    let line = placed.line;
    let code = Text::strong(&line.item_code);
    let sum = placed
        .above
        .map(|above| format!("{} × {}", plain(page.words, above), plain(page.words, line.quantity_per)));
    let mut about = vec![Text::plain(&line.item_name)];
    about.extend(remarks(page, placed));
    Row {
        kind: RowKind::Line,
        cells: vec![
            Text::plain(line.line_number.to_string()).tone(Tone::Soft).into(),
            Text::plain(placed.level.to_string()).tone(Tone::Soft).into(),
            Cell {
                level: placed.level,
                texts: vec![if line.is_leaf { Text::plain(code.text) } else { code }],
            },
            Cell { texts: about, level: 0 },
            Text::plain(sum.unwrap_or_default()).tone(Tone::Soft).into(),
            Text::plain(plain(page.words, line.quantity_total)).into(),
            Text::plain(unit(page.words, &line.unit_code)).tone(Tone::Soft).into(),
        ],
    }
}

fn totals(page: &Page, bom: &Bom) -> Table {
    let custom: HashSet<&str> =
        bom.lines.iter().filter(|line| line.is_custom()).map(|line| line.item_code.as_str()).collect();
    let has_cost = bom.sheet.cost.is_some();
    let mut columns = vec![
        Column::left(page.t("paper-code"), Width::Fixed(178.0)),
        Column::left(page.t("paper-description"), Width::Share(1.0)),
        Column::right(page.t("tree-quantity"), Width::Fixed(58.0)),
        Column::left(page.t("tree-unit"), Width::Fixed(46.0)),
    ];
    if has_cost {
        columns.push(Column::right(page.t("bom-unit-cost"), Width::Fixed(58.0)));
        columns.push(Column::right(page.t("bom-cost"), Width::Fixed(64.0)));
    }
    let mut rows = Vec::with_capacity(bom.totals.len() + 1);
    let mut sum = Decimal::ZERO;
    for one in &bom.totals {
        let mut about = vec![Text::plain(&one.item_name)];
        if one.is_unresolved {
            about.push(Text::strong(page.t("bom-line-unknown")).tone(Tone::Bad));
        }
        if custom.contains(one.item_code.as_str()) {
            about.push(Text::plain(page.t("paper-custom-part")).tone(Tone::Soft));
        }
        let mut cells: Vec<Cell> = vec![
            Text::plain(&one.item_code).into(),
            Cell { texts: about, level: 0 },
            Text::plain(plain(page.words, one.quantity)).into(),
            Text::plain(unit(page.words, &one.unit_code)).tone(Tone::Soft).into(),
        ];
        if has_cost {
            let cost = one.unit_cost.map(|cost| cost * one.quantity);
            sum += cost.unwrap_or_default();
            cells.extend([one.unit_cost, cost].map(|cost| Text::plain(shown(page, cost)).into()));
        }
        rows.push(Row { kind: RowKind::Line, cells });
    }
    let mut cells: Vec<Cell> = vec![
        Text::strong(page.tv("bom-count-parts", "count", bom.totals.len())).into(),
        Text::strong(page.t("paper-pieces")).into(),
        Text::strong(plain(page.words, pieces(bom))).into(),
        Text::plain(unit(page.words, PIECE)).tone(Tone::Soft).into(),
    ];
    if has_cost {
        cells.extend([Cell::default(), Text::strong(money(page.words, sum, 2)).into()]);
    }
    rows.push(Row { kind: RowKind::Sum, cells });
    rows.extend(bom.costs.iter().flat_map(|costs| costs_beside(page, costs)));
    Table { columns, rows }
}

/// What comes to the cost of the parts, and the cost of the whole.
fn costs_beside(page: &Page, costs: &CostParts) -> Vec<Row> {
    let row = |kind: RowKind, name: Text, cost: Text| Row {
        kind,
        cells: vec![
            Cell::default(),
            name.into(),
            Cell::default(),
            Cell::default(),
            Cell::default(),
            cost.into(),
        ],
    };
    let line = |(name, cost): (&str, Decimal)| {
        row(RowKind::Line, Text::plain(page.t(name)), Text::plain(money(page.words, cost, 2)))
    };
    let whole = row(
        RowKind::Sum,
        Text::strong(page.t("total-cost")),
        Text::strong(money(page.words, costs.total_cost, 2)),
    );
    costs.beside_parts().into_iter().map(line).chain([whole]).collect()
}

fn shown(page: &Page, cost: Option<Decimal>) -> String {
    cost.map(|cost| money(page.words, cost, 2)).unwrap_or_default()
}
