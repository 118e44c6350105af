//! The time that figures and plots of a dashboard cover.

use chrono::{Datelike as _, Days, NaiveDate};

use crate::incoming::Incoming;
use crate::pages::components::{Link, Segments};
use crate::pages::page::Page;
use crate::pages::way::with_query;

const PARAMETER: &str = "weeks";

/// Weeks that can be asked for, with this one.
const OFFERED: [i64; 4] = [4, 12, 26, 52];

/// So many weeks with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period(i64);

impl Default for Period {
    fn default() -> Self {
        Self(12)
    }
}

impl Period {
    /// What an address asks for; twelve weeks where it asks for nothing that is offered.
    pub(super) fn of(incoming: &Incoming) -> Self {
        let asked = incoming.asked(PARAMETER).parse().ok();
        asked.filter(|weeks| OFFERED.contains(weeks)).map_or_else(Self::default, Self)
    }

    pub(super) fn weeks(self) -> i64 {
        self.0
    }

    /// Its first day: the Monday of its first week.
    pub(super) fn since(self, today: NaiveDate) -> NaiveDate {
        let past = 7 * (self.0.unsigned_abs() - 1) + u64::from(today.weekday().num_days_from_monday());
        today.checked_sub_days(Days::new(past)).unwrap_or(today)
    }

    /// How an address asks for it: not at all where it is the usual one.
    pub(super) fn asked(self) -> (&'static str, String) {
        (PARAMETER, if self == Self::default() { String::new() } else { self.0.to_string() })
    }

    /// The address of a page of a board for this period.
    pub(super) fn address(self, path: &str, role: &str) -> String {
        let (name, weeks) = self.asked();
        with_query(path, &[("role", role), (name, &weeks)])
    }

    /// What can be chosen; the role is that of the board.
    pub(super) fn segments(self, page: &Page, role: &str) -> Segments {
        let link = |weeks: i64| {
            let one = Self(weeks);
            Link::new(one.address("/", role), page.tv("home-weeks", "count", weeks), one == self)
        };
        Segments { label: page.t("home-period"), links: OFFERED.into_iter().map(link).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_period_is_not_in_the_address() {
        assert_eq!(Period::default().address("/", "QC_INSPECTOR"), "/?role=QC_INSPECTOR");
        assert_eq!(Period(26).address("/dashboard.csv", ""), "/dashboard.csv?weeks=26");
        let today: NaiveDate = "2026-11-27".parse().expect("a day");
        assert_eq!(Period(4).since(today).to_string(), "2026-11-02");
    }
}
