//! The dashboards: which figures and parts each role has.

use super::figures::{Better, Figure};
use super::parts::Part;
use crate::pages::reports::{FIRST_PASS_TARGET, ON_TIME_TARGET, Unit};

/// The dashboard of a role.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) role: &'static str,
    /// Key of its title.
    pub(super) title: &'static str,
    pub(super) figures: &'static [Figure],
    pub(super) left: &'static [Part],
    pub(super) right: &'static [Part],
}

const fn count(name: &'static str, label: &'static str) -> Figure {
    Figure { name, label, unit: Unit::Count, better: Better::Neither, target: None }
}

const ON_TIME: Figure = Figure {
    name: "on_time_percent",
    label: "figure-on-time",
    unit: Unit::Percent,
    better: Better::More,
    target: Some(ON_TIME_TARGET),
};
const LEAD: Figure =
    Figure { name: "lead_days", label: "figure-lead", unit: Unit::Days, better: Better::Less, target: None };
const FIRST_PASS: Figure = Figure {
    name: "first_pass_percent",
    label: "figure-first-pass",
    unit: Unit::Percent,
    better: Better::More,
    target: Some(FIRST_PASS_TARGET),
};
const HOURS: Figure = Figure {
    name: "hours_booked",
    label: "figure-hours",
    unit: Unit::Hours,
    better: Better::Neither,
    target: None,
};
const OWN_HOURS: Figure = Figure { name: "own_hours", label: "figure-own-hours", ..HOURS };

/// In the order in which the one of somebody with several roles is chosen.
pub(super) const BOARDS: &[Board] = &[
    Board {
        role: "PRODUCTION_MANAGER",
        title: "board-production",
        figures: &[ON_TIME, LEAD, FIRST_PASS, count("builds_finished", "figure-builds-finished"), HOURS],
        left: &[Part::Phases, Part::Capacity, Part::Late],
        right: &[Part::Approvals, Part::DaysInProduction, Part::Outsourced],
    },
    Board {
        role: "SALES_MANAGER",
        title: "board-sales",
        figures: &[
            count("orders_entered", "figure-entered"),
            count("orders_delivered", "figure-delivered"),
            ON_TIME,
            LEAD,
        ],
        left: &[Part::Phases, Part::Unfinished, Part::Late],
        right: &[Part::Approvals, Part::Backlog, Part::Messages],
    },
    Board {
        role: "QC_INSPECTOR",
        title: "board-quality",
        figures: &[
            FIRST_PASS,
            count("inspections", "figure-inspections"),
            Figure { better: Better::Less, ..count("rejections", "figure-rejections") },
        ],
        left: &[Part::Inspections, Part::Findings, Part::Late],
        right: &[Part::Approvals, Part::Reasons],
    },
    Board {
        role: "ADMINISTRATOR",
        title: "board-administration",
        figures: &[
            count("sign_ins", "figure-sign-ins"),
            Figure { better: Better::Less, ..count("refusals", "figure-refusals") },
            Figure { better: Better::Less, ..count("alerts_opened", "figure-alerts") },
            count("orders_entered", "figure-entered"),
        ],
        left: &[Part::Health, Part::Alerts, Part::Systems],
        right: &[Part::Approvals, Part::Accounts, Part::PhasesInShort],
    },
    Board {
        role: "ASSEMBLY_TECHNICIAN",
        title: "board-assembly",
        figures: &[count("own_tasks", "figure-own-tasks"), OWN_HOURS],
        left: &[Part::Tasks, Part::Late],
        right: &[Part::Approvals, Part::Blocked],
    },
    Board {
        role: "CUSTOMER_SERVICE",
        title: "board-service",
        figures: &[
            count("service_orders_made", "figure-service-made"),
            count("service_orders_received", "figure-service-received"),
        ],
        left: &[Part::Phases, Part::ServiceOrders, Part::Late],
        right: &[Part::Messages, Part::Shipments],
    },
];
