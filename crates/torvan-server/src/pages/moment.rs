//! Days and times as pages show them: by the clocks of the plant.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::words::{Language, Words};

/// Now, in the reader's words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    words: Words,
    now: DateTime<Utc>,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Clock {
    /// The time of this answer.
    pub(super) fn now(words: Words) -> Self {
        Self { words, now: Utc::now() }
    }

    #[cfg(test)]
    fn at(words: Words, now: DateTime<Utc>) -> Self {
        Self { words, now }
    }

    fn month(self, month0: u32) -> String {
        let name = MONTHS.get(month0 as usize).copied().unwrap_or_default();
        self.words.say(&format!("month-{name}"))
    }

    /// A day: `4 Dec`, with the year where it is another one.
    pub(super) fn day(self, day: NaiveDate) -> String {
        let short = format!("{} {}", day.day(), self.month(day.month0()));
        if day.year() == self.day_of(self.now).year() { short } else { format!("{short} {}", day.year()) }
    }

    /// A day with its year.
    pub(super) fn full_day(self, day: NaiveDate) -> String {
        format!("{} {} {}", day.day(), self.month(day.month0()), day.year())
    }

    /// A month with its year.
    pub(super) fn full_month(self, day: NaiveDate) -> String {
        let name = MONTHS.get(day.month0() as usize).copied().unwrap_or_default();
        format!("{} {}", self.words.say(&format!("month-full-{name}")), day.year())
    }

    /// The day of a moment at the plant.
    pub(super) fn day_of(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.words.zone).date_naive()
    }

    /// How many whole days something is old.
    pub(super) fn days_since(self, at: DateTime<Utc>) -> i64 {
        (self.now - at).num_days().max(0)
    }

    /// The same in words: `6 d`.
    pub(super) fn age(self, at: DateTime<Utc>) -> String {
        self.words.say_with("days-short", &[("count", self.days_since(at).into())])
    }

    /// How long ago something was: minutes, hours, then the day. What is to come has its time today, then the day.
    pub(super) fn ago(self, at: DateTime<Utc>) -> String {
        let passed = self.now - at;
        if passed < TimeDelta::minutes(-1) && self.day_of(at) == self.day_of(self.now) {
            self.time(at.with_timezone(&self.words.zone))
        } else if passed < TimeDelta::minutes(-1) {
            self.day(self.day_of(at))
        } else if passed < TimeDelta::minutes(1) {
            self.words.say("ago-now")
        } else if passed < TimeDelta::hours(1) {
            self.words.say_with("ago-minutes", &[("count", passed.num_minutes().into())])
        } else if passed < TimeDelta::days(1) {
            self.words.say_with("ago-hours", &[("count", passed.num_hours().into())])
        } else {
            self.day(self.day_of(at))
        }
    }

    /// Until when something holds: the moment, and how long that is.
    pub(super) fn until(self, at: DateTime<Utc>) -> String {
        let left = at - self.now;
        let (key, count) = match left.num_hours() {
            0..=1 => ("for-minutes", left.num_minutes().max(0)),
            hours => ("for-hours", hours.max(0)),
        };
        format!("{} ({})", self.exact(at), self.words.say_with(key, &[("count", count.into())]))
    }

    /// A moment with its time, by the clocks of the plant and saying which: `20 Nov 2026, 04:05 EST`.
    pub(super) fn exact(self, at: DateTime<Utc>) -> String {
        format!("{}, {}", self.full_day(self.day_of(at)), self.time(at.with_timezone(&self.words.zone)))
    }

    /// A moment of a signature: in UTC, and by the clocks of the plant.
    pub(super) fn stamped(self, at: DateTime<Utc>) -> String {
        let told = format!("{}, {}", self.full_day(at.date_naive()), self.time(at.with_timezone(&Tz::UTC)));
        if self.words.zone == Tz::UTC {
            return told;
        }
        let is_same_day = self.day_of(at) == at.date_naive();
        let local = if is_same_day { self.time(at.with_timezone(&self.words.zone)) } else { self.exact(at) };
        format!("{told} ({local})")
    }

    fn time(self, at: DateTime<Tz>) -> String {
        match self.words.language {
            Language::En => at.format("%H:%M %Z").to_string(),
            Language::Fr => at.format("%H h %M %Z").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn days_and_times_are_said_in_both_languages() {
        let english = Clock::at(Words::new(Language::En), time("2026-11-26T12:00:00Z"));
        let french = Clock::at(Words::new(Language::Fr), time("2026-11-26T12:00:00Z"));
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(english.day(day("2026-12-04")), "4 Dec");
        assert_eq!(english.day(day("2027-01-04")), "4 Jan 2027");
        assert_eq!(french.full_day(day("2026-08-04")), "4 août 2026");
        assert_eq!(french.full_month(day("2026-08-04")), "août 2026");
        assert_eq!(english.ago(time("2026-11-26T11:59:30Z")), "just now");
        assert_eq!(english.ago(time("2026-11-26T11:48:00Z")), "12 min ago");
        assert_eq!(french.ago(time("2026-11-26T09:00:00Z")), "il y a 3 h");
        assert_eq!(english.ago(time("2026-11-20T09:00:00Z")), "20 Nov");
        assert_eq!(english.age(time("2026-11-20T09:00:00Z")), "6 d");
        assert_eq!(english.exact(time("2026-11-20T09:05:00Z")), "20 Nov 2026, 09:05 UTC");
    }

    #[test]
    fn times_are_those_of_the_plant_and_say_so() {
        let words = Words::new(Language::En).by_clocks_of("America/Toronto");
        let clock = Clock::at(words, time("2027-01-01T03:00:00Z"));
        assert_eq!(clock.exact(time("2026-11-20T14:05:00Z")), "20 Nov 2026, 09:05 EST");
        assert_eq!(clock.exact(time("2026-07-20T02:05:00Z")), "19 Jul 2026, 22:05 EDT");
        assert_eq!(clock.ago(time("2026-12-30T03:00:00Z")), "29 Dec", "the year that it still is there");
        assert_eq!(clock.stamped(time("2026-11-20T14:05:00Z")), "20 Nov 2026, 14:05 UTC (09:05 EST)");
        assert_eq!(
            clock.stamped(time("2026-07-20T02:05:00Z")),
            "20 Jul 2026, 02:05 UTC (19 Jul 2026, 22:05 EDT)"
        );
        let french =
            Clock::at(Words::new(Language::Fr).by_clocks_of("Europe/Paris"), time("2026-11-26T12:00:00Z"));
        assert_eq!(french.exact(time("2026-11-20T09:05:00Z")), "20 nov. 2026, 10 h 05 CET");
        assert_eq!(words.by_clocks_of("Nowhere/Town"), words, "a zone that nobody knows");
        assert_eq!(
            Clock::at(Words::new(Language::En), time("2026-11-26T12:00:00Z"))
                .stamped(time("2026-11-20T09:05:00Z")),
            "20 Nov 2026, 09:05 UTC"
        );
    }

    #[test]
    fn what_is_yet_to_come_is_not_old() {
        let clock = Clock::at(Words::new(Language::En), time("2026-11-26T12:00:00Z"));
        assert_eq!(clock.days_since(time("2026-11-27T12:00:00Z")), 0);
        assert_eq!(
            clock.ago(time("2026-11-26T12:00:20Z")),
            "just now",
            "the database's clock is ahead a little"
        );
        assert_eq!(clock.ago(time("2026-11-26T16:30:00Z")), "16:30 UTC");
        assert_eq!(clock.ago(time("2041-11-27T12:00:00Z")), "27 Nov 2041");
    }
}
