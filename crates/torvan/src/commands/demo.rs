//! What a newcomer sees when everything runs: the newest order, its sinks, and every line of their BOMs with its reason.

use std::fmt::Write as _;

use torvan_store::bom::{self, TreeLine};
use torvan_store::orders::{self, BuildRow, ListFilter, OrderSheet};
use torvan_store::{Actor, Context, Store};

use crate::output::{Column, Grid, emit, or_blank};

/// Top lines of a BOM only: what they are made of is asked for with `torvan bom show`.
const TOP_LINES_ONLY: i32 = 0;
const MAX_LINES: i32 = 1000;

/// Prints the newest order that has a BOM, or how to begin when there is none.
pub(crate) async fn show(store: &Store) -> anyhow::Result<()> {
    let mut context = store.begin(&Actor::Database).await?;
    let shown = match newest_with_bom(&mut context).await? {
        Some(sheet) => order_text(&mut context, &sheet).await?,
        None => "\nNo order has a BOM yet. Begin with: torvan import catalog FOLDER, then torvan order new --help\n".to_owned(),
    };
    context.rollback().await?;
    emit(&shown)
}

async fn newest_with_bom(context: &mut Context) -> anyhow::Result<Option<OrderSheet>> {
    let page = orders::list(context, &ListFilter::default(), None, 20).await?;
    for row in page.orders {
        let sheet = orders::sheet(context, row.order_id).await?;
        if sheet.builds.iter().any(|build| build.bom_id.is_some()) {
            return Ok(Some(sheet));
        }
    }
    Ok(None)
}

async fn order_text(context: &mut Context, sheet: &OrderSheet) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "\nOrder {} of {} is in {}: {} sinks, configured and approved.",
        sheet.order_number,
        sheet.customer_name,
        sheet.phase,
        sheet.builds.len()
    )?;
    for build in sheet.builds.iter() {
        let Some(bom_id) = build.bom_id else { continue };
        let lines = bom::tree(context, bom_id, TOP_LINES_ONLY, MAX_LINES).await?;
        write!(text, "\n{}{}", build_line(build), because_grid(&lines).to_table())?;
    }
    if let Some(build) = sheet.builds.iter().find(|build| build.bom_id.is_some()) {
        writeln!(
            text,
            "\nLook further, in another terminal:\n  torvan order show {order}\n  torvan bom show {build} --levels 3\n  torvan bom explain {build} PFX146332\n  torvan bom preview --parameters docs/examples/two-sinks.json",
            order = sheet.order_number,
            build = build.build_number,
        )?;
    }
    Ok(text)
}

fn build_line(build: &BuildRow) -> String {
    let length = build.length_in.as_ref().map_or_else(String::new, |length| format!(", {length} in long"));
    let lines = build.bom_lines.map_or_else(String::new, |lines| format!(", {lines} lines"));
    let cost = build.bom_cost.as_ref().map_or_else(String::new, |cost| format!(", cost {cost}"));
    format!(
        "{}: model {}{length}; BOM {}{lines}{cost}\n",
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
