//! Reports: a range and a filter in the address; the same numbers as plots, as a table and as a file.

mod shown;
mod table;

use crate::api::endpoint::{Access, Endpoint, Method};
use crate::pages::components::{Icon, Shape};
use crate::pages::page;

const READ: Access = Access::Permission("report:read");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/reports", READ, shown::first, "Leads to the first report."),
    page(
        Method::Get,
        "/reports/throughput",
        READ,
        shown::show,
        "Orders entered and delivered, and builds finished.",
    ),
    page(Method::Get, "/reports/time-in-phase", READ, shown::show, "How long orders are in each phase."),
    page(
        Method::Get,
        "/reports/on-time-delivery",
        READ,
        shown::show,
        "How many orders are delivered in time.",
    ),
    page(
        Method::Get,
        "/reports/first-pass-yield",
        READ,
        shown::show,
        "How many builds pass their first inspection.",
    ),
    page(Method::Get, "/reports/backlog-age", READ, shown::show, "How old open orders are."),
];

/// A report.
#[derive(Debug)]
struct Report {
    path: &'static str,
    /// Key of its title.
    title: &'static str,
    /// Key of what it counts, in a sentence.
    about: &'static str,
    icon: Icon,
    /// The function of the database.
    function: &'static str,
    /// The first tells the rows apart.
    columns: &'static [Column],
    plots: &'static [Drawing],
    /// Whether it is about a range of days; else about now.
    has_range: bool,
    /// Whether it goes in steps.
    has_step: bool,
    /// What it can be narrowed to.
    narrowed: Option<Narrowed>,
}

/// A column of a report.
#[derive(Debug, Clone, Copy)]
struct Column {
    name: &'static str,
    unit: Unit,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Unit {
    /// The first day of a step.
    Step,
    /// A phase.
    Phase,
    /// A group of ages in days.
    Age,
    /// So many.
    Count,
    /// Of a hundred.
    Percent,
    /// Days.
    Days,
    /// Hours.
    Hours,
}

/// A plot of a column.
#[derive(Debug, Clone, Copy)]
struct Drawing {
    column: &'static str,
    shape: Shape,
    target: Option<f64>,
}

/// A filter.
#[derive(Debug, Clone, Copy)]
struct Narrowed {
    /// Name in the address and of the argument.
    name: &'static str,
    /// Key of its label.
    label: &'static str,
    /// Codes to choose from, with the keys of their words; none: typed.
    choices: &'static [(&'static str, &'static str)],
}

const fn column(name: &'static str, unit: Unit) -> Column {
    Column { name, unit }
}

const fn drawing(column: &'static str, shape: Shape) -> Drawing {
    Drawing { column, shape, target: None }
}

const CUSTOMER: Narrowed = Narrowed { name: "customer_code", label: "report-customer", choices: &[] };
const GATE: Narrowed = Narrowed {
    name: "gate_code",
    label: "report-gate",
    choices: &[
        ("PRE_PRODUCTION", "gate-pre-production"),
        ("PRODUCTION", "gate-production"),
        ("END_OF_LINE", "gate-end-of-line"),
        ("FINAL", "gate-final"),
        ("PACKING", "gate-packing"),
        ("PACKING_CONFIRMATION", "gate-packing-confirmation"),
    ],
};
const PHASE: Narrowed = Narrowed {
    name: "phase",
    label: "report-phase",
    choices: &[
        ("DRAFT", "phase-draft"),
        ("CONFIGURATION", "phase-configuration"),
        ("APPROVAL", "phase-approval"),
        ("PRODUCTION", "phase-production"),
        ("QUALITY_CONTROL", "phase-quality-control"),
        ("PACKAGING", "phase-packaging"),
        ("SHIPPING", "phase-shipping"),
    ],
};

/// Percent of orders that are to be delivered in time.
pub(in crate::pages) const ON_TIME_TARGET: f64 = 95.0;
/// Percent of builds that are to pass their first inspection.
pub(in crate::pages) const FIRST_PASS_TARGET: f64 = 92.0;

const REPORTS: &[Report] = &[
    Report {
        path: "/reports/throughput",
        title: "report-throughput",
        about: "report-throughput-text",
        icon: Icon("trending-up"),
        function: "report_throughput",
        columns: &[
            column("step", Unit::Step),
            column("orders_entered", Unit::Count),
            column("builds_finished", Unit::Count),
            column("orders_delivered", Unit::Count),
        ],
        plots: &[
            drawing("orders_entered", Shape::Bars),
            drawing("orders_delivered", Shape::Bars),
            drawing("builds_finished", Shape::Bars),
        ],
        has_range: true,
        has_step: true,
        narrowed: None,
    },
    Report {
        path: "/reports/time-in-phase",
        title: "report-time-in-phase",
        about: "report-time-in-phase-text",
        icon: Icon("hourglass"),
        function: "report_time_in_phase",
        columns: &[
            column("phase", Unit::Phase),
            column("orders", Unit::Count),
            column("average_days", Unit::Days),
            column("median_days", Unit::Days),
            column("slowest_tenth_days", Unit::Days),
            column("average_days_on_hold", Unit::Days),
        ],
        plots: &[drawing("median_days", Shape::Bars), drawing("slowest_tenth_days", Shape::Bars)],
        has_range: true,
        has_step: false,
        narrowed: Some(CUSTOMER),
    },
    Report {
        path: "/reports/on-time-delivery",
        title: "report-on-time-delivery",
        about: "report-on-time-delivery-text",
        icon: Icon("truck"),
        function: "report_on_time_delivery",
        columns: &[
            column("step", Unit::Step),
            column("delivered", Unit::Count),
            column("on_time", Unit::Count),
            column("late", Unit::Count),
            column("on_time_percent", Unit::Percent),
            column("average_days_late", Unit::Days),
            column("average_lead_days", Unit::Days),
        ],
        plots: &[
            Drawing { column: "on_time_percent", shape: Shape::Line, target: Some(ON_TIME_TARGET) },
            drawing("average_lead_days", Shape::Line),
        ],
        has_range: true,
        has_step: true,
        narrowed: Some(CUSTOMER),
    },
    Report {
        path: "/reports/first-pass-yield",
        title: "report-first-pass-yield",
        about: "report-first-pass-yield-text",
        icon: Icon("shield-check"),
        function: "report_first_pass_yield",
        columns: &[
            column("step", Unit::Step),
            column("first_inspections", Unit::Count),
            column("passed_first_time", Unit::Count),
            column("first_pass_percent", Unit::Percent),
            column("rejections", Unit::Count),
            column("reinspections", Unit::Count),
        ],
        plots: &[
            Drawing { column: "first_pass_percent", shape: Shape::Line, target: Some(FIRST_PASS_TARGET) },
            drawing("rejections", Shape::Bars),
        ],
        has_range: true,
        has_step: true,
        narrowed: Some(GATE),
    },
    Report {
        path: "/reports/backlog-age",
        title: "report-backlog-age",
        about: "report-backlog-age-text",
        icon: Icon("clock-alert"),
        function: "report_backlog_age",
        columns: &[
            column("age_group", Unit::Age),
            column("orders", Unit::Count),
            column("builds", Unit::Count),
            column("on_hold", Unit::Count),
        ],
        plots: &[drawing("orders", Shape::Bars), drawing("builds", Shape::Bars)],
        has_range: false,
        has_step: false,
        narrowed: Some(PHASE),
    },
];

pub(in crate::pages) use table::{counted, file, unit_shown};
