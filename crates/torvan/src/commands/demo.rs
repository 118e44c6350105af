//! What a newcomer sees when everything runs: the newest order, its sinks, and every line of their BOMs with its reason.

use std::fmt::Write as _;

use torvan_store::bom::{self, TreeLine};
use torvan_store::orders::{self, BuildRow, ListFilter, OrderSheet};
use torvan_store::{Actor, Context, Store};

use crate::output::{Column, Grid, cost_in_words, counted, emit, or_blank};

/// Top lines of a BOM only: what they are made of is asked for with `torvan bom show`.
const TOP_LINES_ONLY: i32 = 0;
const EVERY_LEVEL: i32 = 100;
const MAX_LINES: i32 = 1000;

/// Prints the newest order that has a BOM, or how to begin when there is none.
pub(crate) async fn show(store: &Store) -> anyhow::Result<()> {
    let mut context = store.begin(&Actor::Database).await?;
    let shown = match newest_with_bom(&mut context).await? {
        Some(sheet) => order_text(&mut context, &sheet).await?,
        None => beginning(&mut context).await?,
    };
    context.rollback().await?;
    emit(&shown)
}

async fn newest_with_bom(context: &mut Context) -> anyhow::Result<Option<OrderSheet>> {
    let page = orders::list(context, &ListFilter::default(), None, 20).await?;
    for row in page.orders {
        let sheet = orders::sheet(context, row.order_id).await?;
        if active(&sheet).any(|build| build.bom_id.is_some()) {
            return Ok(Some(sheet));
        }
    }
    Ok(None)
}

fn active(sheet: &OrderSheet) -> impl Iterator<Item = &BuildRow> {
    sheet.builds.iter().filter(|build| build.state == "ACTIVE")
}

async fn beginning(context: &mut Context) -> anyhow::Result<String> {
    let newest = orders::list(context, &ListFilter::default(), None, 1).await?;
    Ok(match newest.orders.first() {
        None => "\nThere is no order yet. Begin, in another terminal, with items and an order:\n  torvan import catalog FOLDER\n  torvan order new --help\n".to_owned(),
        Some(order) => format!(
            "\nNone of the newest orders has a BOM yet. See what the last one waits for, in another terminal:\n  torvan order show {}\n",
            order.order_number
        ),
    })
}

async fn order_text(context: &mut Context, sheet: &OrderSheet) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "\nOrder {} of {} is in {}: {}.",
        sheet.order_number,
        sheet.customer_name,
        sheet.phase,
        standing(&active(sheet).map(|build| build.bom_state.as_deref()).collect::<Vec<_>>())
    )?;
    for build in active(sheet) {
        let Some(bom_id) = build.bom_id else { continue };
        let lines = bom::tree(context, bom_id, TOP_LINES_ONLY, MAX_LINES).await?;
        write!(text, "\n{}{}", build_line(build), because_grid(&lines).to_table())?;
    }
    text.push_str(&further(context, sheet).await?);
    Ok(text)
}

/// How many sinks there are and how far their BOMs are.
fn standing(states: &[Option<&str>]) -> String {
    let sinks = counted(states.len(), "sink");
    let mut kinds: Vec<Option<&str>> = Vec::new();
    for state in states {
        if !kinds.contains(state) {
            kinds.push(*state);
        }
    }
    match (kinds.as_slice(), states.len()) {
        ([Some(state)], 1) => format!("{sinks}, BOM {state}"),
        ([Some(state)], _) => format!("{sinks}, BOMs {state}"),
        _ => {
            let count = |kind| states.iter().filter(|state| **state == kind).count();
            let each = kinds.iter().map(|kind| format!("{} {}", count(*kind), kind.unwrap_or("not made")));
            format!("{sinks}, their BOMs: {}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What to try next, with a code that is in the first BOM.
async fn further(context: &mut Context, sheet: &OrderSheet) -> anyhow::Result<String> {
    let mut text = format!(
        "\nLook further, in another terminal:\n  torvan order show {}\n  torvan bom preview --parameters docs/examples/two-sinks.json\n",
        sheet.order_number
    );
    let first = active(sheet).find_map(|build| Some((&build.build_number, build.bom_id?)));
    let Some((build, bom_id)) = first else { return Ok(text) };
    writeln!(text, "  torvan bom show {build} --levels 3")?;
    let lines = bom::tree(context, bom_id, EVERY_LEVEL, MAX_LINES).await?;
    let deepest =
        lines.iter().filter(|line| line.is_leaf && is_word(&line.code)).max_by_key(|line| line.depth);
    if let Some(line) = deepest {
        writeln!(text, "  torvan bom explain {build} {}", line.code)?;
    }
    Ok(text)
}

/// Whether a shell takes it as it stands.
fn is_word(code: &str) -> bool {
    !code.starts_with('-') && code.chars().all(|sign| sign.is_ascii_alphanumeric() || "._/-".contains(sign))
}

fn build_line(build: &BuildRow) -> String {
    let length = build.length_in.as_ref().map_or_else(String::new, |length| format!(", {length} in long"));
    let lines = build.bom_lines.map_or_else(String::new, |lines| format!(", {lines} lines"));
    let uncosted = build.bom_uncosted.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    let cost = cost_in_words(build.bom_cost.as_ref(), uncosted);
    format!(
        "{}: model {}{length}; BOM {}{lines}, {cost}\n",
        build.build_number,
        or_blank(build.model.as_ref()),
        or_blank(build.bom_state.as_ref()),
    )
}

fn because_grid(lines: &[TreeLine]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Text("because"),
    ]);
    for line in lines {
        grid.row([&line.code, &line.name, &line.quantity, &line.unit, &or_blank(line.because.as_ref())]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::standing;

    #[test]
    fn sinks_and_boms_are_counted_as_they_are() {
        assert_eq!(standing(&[Some("DRAFT")]), "1 sink, BOM DRAFT");
        assert_eq!(standing(&[Some("RELEASED"); 2]), "2 sinks, BOMs RELEASED");
        assert_eq!(
            standing(&[Some("DRAFT"), None, Some("APPROVED"), Some("DRAFT")]),
            "4 sinks, their BOMs: 2 DRAFT, 1 not made, 1 APPROVED"
        );
    }
}
