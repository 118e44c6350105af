//! Rows of reference data in files of SQL: the literals behind `VALUES`.

use super::sql::quoted;

/// The values of a row; none where a value is no literal.
type Values = Vec<Option<String>>;

/// The rows of the first statement that begins so.
pub(super) fn rows(sql: &str, begins: &str) -> Vec<Values> {
    let from = sql.find(begins).unwrap_or_else(|| panic!("no statement begins {begins:?}"));
    let (_, mut rest) = sql[from..].split_once("VALUES").expect("rows");
    let mut rows = Vec::new();
    while let Some(inside) = next(rest) {
        let (values, behind) = row(inside);
        rows.push(values);
        rest = behind;
    }
    rows
}

/// What is behind the parenthesis of the next row.
fn next(mut rest: &str) -> Option<&str> {
    loop {
        rest = rest.trim_start_matches(|sign: char| sign.is_whitespace() || sign == ',');
        match rest.strip_prefix("--") {
            Some(comment) => (_, rest) = comment.split_once('\n')?,
            None => return rest.strip_prefix('('),
        }
    }
}

/// The values up to the end of the row, and what is behind it.
fn row(mut rest: &str) -> (Values, &str) {
    let mut values = Values::new();
    let mut literal = None;
    let (mut is_begun, mut depth) = (false, 0);
    while let Some(sign) = rest.chars().next() {
        if sign == '\'' {
            let (text, length) = quoted(rest);
            literal = literal.or((!is_begun).then_some(text));
            is_begun = true;
            rest = &rest[length..];
            continue;
        }
        rest = &rest[sign.len_utf8()..];
        match sign {
            ')' | ',' if depth == 0 => {
                values.push(literal.take());
                is_begun = false;
                if sign == ')' {
                    break;
                }
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        is_begun |= !(sign.is_whitespace() || (sign == ',' && depth == 0));
    }
    (values, rest)
}

/// Tables that a file fills, with the columns that it names.
pub(super) fn filled(sql: &str) -> Vec<(&str, Vec<&str>)> {
    let inserts = sql.split("INSERT INTO ").skip(1);
    inserts
        .filter_map(|rest| {
            let (table, columns) = rest.split_once(" (")?;
            let (columns, _) = columns.split_once(')')?;
            let is_name = table.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
            is_name.then(|| (table, columns.split(',').map(str::trim).collect()))
        })
        .collect()
}

#[test]
fn rows_of_reference_data_are_read() {
    let sql = "INSERT INTO places (code, name, size) VALUES\n  -- Where it's made\n  ('A', 'Bench', 1), ('B', 'It''s out, (far)', interval '2 days'),\n\
        ('C', lower('X'), ARRAY['a', 'b']) ON CONFLICT DO NOTHING;";
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows(sql, "INSERT INTO places"),
        [
            vec![text("A"), text("Bench"), None],
            vec![text("B"), text("It's out, (far)"), None],
            vec![text("C"), None, None],
        ]
    );
    assert_eq!(filled(sql), [("places", vec!["code", "name", "size"])]);
}
