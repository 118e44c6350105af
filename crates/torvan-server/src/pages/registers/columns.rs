//! Which columns of a register are shown: the usual ones, or those that its address names.

use torvan_store::surface::{Column as Stored, Relation, SqlType};

use super::{Column, Kind, Register};
use crate::pages::page::Page;

/// Parameter of the address with the columns.
pub(super) const COLS: &str = "cols";

/// Columns that can be shown: the usual ones, then whatever else the rows have that has a name.
pub(super) fn choosable(page: &Page, register: &Register, relation: &'static Relation) -> Vec<Column> {
    let is_usual = |name: &str| register.columns.iter().any(|column| column.name == name);
    let more = relation.columns.iter().filter(|stored| !is_usual(&stored.name));
    let more = more.filter(|stored| {
        let key = format!("col-{}", stored.name.replace('_', "-"));
        page.words.say_if_known(&key).is_some()
    });
    let more = more.filter_map(|stored| Some(Column { name: &stored.name, kind: kind_of(stored)? }));
    register.columns.iter().copied().chain(more).collect()
}

/// How a column is shown that the register does not name itself; keys say something to programs only.
fn kind_of(stored: &Stored) -> Option<Kind> {
    if stored.name.ends_with("_id") || stored.name.ends_with("_by") {
        return None;
    }
    match &stored.kind {
        SqlType::Boolean => Some(Kind::Flag),
        SqlType::Date => Some(Kind::Day),
        SqlType::Timestamp => Some(Kind::Moment),
        SqlType::Bigint | SqlType::Integer | SqlType::Smallint | SqlType::Numeric => Some(Kind::Number),
        SqlType::Text if !stored.words.is_empty() => Some(Kind::Mark),
        SqlType::Text => Some(Kind::Text),
        _ => None,
    }
}

/// Those that are shown. The first one is always there: it leads to the record.
pub(super) fn chosen(register: &Register, choosable: &[Column], query: &[(String, String)]) -> Vec<Column> {
    let asked: Vec<&str> =
        query.iter().filter(|(name, _)| name == COLS).flat_map(|(_, value)| value.split(',')).collect();
    let is_known = choosable.iter().any(|column| asked.contains(&column.name));
    if !is_known {
        return register.columns.to_vec();
    }
    let is_shown = |(place, column): &(usize, &Column)| *place == 0 || asked.contains(&column.name);
    choosable.iter().enumerate().filter(is_shown).map(|(_, column)| *column).collect()
}
