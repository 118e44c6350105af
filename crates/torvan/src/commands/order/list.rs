//! `torvan order list`: orders, newest first.

use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;
use torvan_store::orders::{self, ListCursor, ListFilter, OrderRow};

use crate::output::{Column, Format, Grid, emit, or_blank, to_json};
use crate::{Globals, connection};

/// Phase of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Phase {
    Draft,
    Configuration,
    Approval,
    Production,
    QualityControl,
    Packaging,
    Shipping,
    Delivered,
}

/// State of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    Active,
    OnHold,
    Cancelled,
}

/// What `torvan order list` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan order list --phase APPROVAL
  torvan order list --late --format csv > late.csv
  torvan order list --search elmo --limit 50")]
pub(crate) struct Args {
    /// Only orders in this phase
    #[arg(long, value_enum, ignore_case = true)]
    phase: Option<Phase>,
    /// Only orders in this state
    #[arg(long, value_enum, ignore_case = true)]
    state: Option<State>,
    /// Only orders of this customer
    #[arg(long, value_name = "CODE")]
    customer: Option<String>,
    /// Only orders past their want date and not delivered
    #[arg(long)]
    late: bool,
    /// Text in order number, PO number, project, sales person, customer or build number
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Go on where the page before ended
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<ListCursor>,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Page<'a> {
    orders: &'a [OrderRow],
    next_cursor: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let filter = ListFilter {
        phase: args.phase.as_ref().map(code),
        state: args.state.as_ref().map(code),
        customer_code: args.customer,
        late: args.late,
        search: args.search,
    };
    let mut context = connection::begin(globals).await?;
    let page = orders::list(&mut context, &filter, args.cursor, args.limit).await?;
    context.rollback().await?;

    let next_cursor = page.next.map(|cursor| cursor.to_string());
    match args.format {
        Format::Json => {
            return emit(&to_json(&Page { orders: &page.orders, next_cursor })?).map(|()| ExitCode::SUCCESS);
        }
        Format::Csv => emit(&grid(&page.orders).to_csv()?)?,
        Format::Table if page.orders.is_empty() => emit("No order matches.\n")?,
        Format::Table => emit(&grid(&page.orders).to_table())?,
    }
    if let Some(cursor) = next_cursor {
        eprintln!("note: there are more; go on with --cursor {cursor}");
    }
    Ok(ExitCode::SUCCESS)
}

fn code(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn grid(orders: &[OrderRow]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("order_number"),
        Column::Text("state"),
        Column::Text("phase"),
        Column::Figure("days_in_phase"),
        Column::Text("want_date"),
        Column::Text("late"),
        Column::Text("customer_code"),
        Column::Text("customer_name"),
        Column::Text("po_number"),
        Column::Text("builds"),
    ]);
    for order in orders {
        grid.row([
            &order.order_number,
            &order.state,
            &order.phase,
            &order.days_in_phase,
            &or_blank(order.want_date.as_ref()),
            &if order.is_late { "late" } else { "" },
            &order.customer_code,
            &order.customer_name,
            &or_blank(order.po_number.as_ref()),
            &order.builds.join(" "),
        ]);
    }
    grid
}
