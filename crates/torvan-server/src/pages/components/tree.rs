//! A tree whose branches are read when they are opened: by a link that works without scripts, or in place by a part of the page.

use askama::Template;

use super::{Heading, Icon, Status};

html!(Tree, Branch);

/// A tree with its heads.
#[derive(Debug, Template)]
#[template(path = "components/tree.html")]
pub(crate) struct Tree {
    /// What it is a tree of, for readers.
    pub(crate) label: String,
    /// Heads of its columns: the item, the arithmetic, the quantity, its unit, and those of the cells.
    pub(crate) heads: Vec<Heading>,
    /// Its lines.
    pub(crate) branch: Branch,
}

/// Lines of a tree, as they stand below one another.
#[derive(Debug, Template)]
#[template(path = "components/branch.html")]
pub(crate) struct Branch {
    rows: Vec<Row>,
    columns: usize,
}

/// Lines of a tree alone, for a script that puts them in their place.
#[derive(Debug, Template)]
#[template(path = "components/branch_part.html")]
pub(crate) struct BranchPart {
    /// The lines.
    pub(crate) branch: Branch,
}

/// Branches that are open, as an address carries them: paths of steps with dots.
#[derive(Debug, Default, Clone)]
pub(crate) struct Open(Vec<String>);

/// Paths that an address keeps open.
const MAX_OPEN: usize = 60;

impl Open {
    /// Those of an address.
    pub(crate) fn of(text: &str) -> Self {
        let is_path = |path: &&str| path.split('.').all(|step| step.parse::<u64>().is_ok());
        Self(text.split(',').filter(is_path).take(MAX_OPEN).map(str::to_owned).collect())
    }

    /// The branches above a line; a branch that was read alone has nothing open but what leads to it.
    pub(crate) fn above(path: &str) -> Self {
        Self(with_ancestors(path).filter(|above| *above != path).map(str::to_owned).collect())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths one by one.
    pub(crate) fn paths(&self) -> &[String] {
        &self.0
    }

    /// As an address carries them.
    pub(crate) fn text(&self) -> String {
        self.0.join(",")
    }

    /// With one more open, and what is above it; of too many the first are closed.
    pub(crate) fn with(&self, path: &str) -> Self {
        let mut open = self.0.clone();
        let more = with_ancestors(path).filter(|above| !self.0.iter().any(|one| one == above));
        open.extend(more.map(str::to_owned));
        let surplus = open.len().saturating_sub(MAX_OPEN);
        Self(open.split_off(surplus))
    }

    /// With one closed, and what is below it.
    pub(crate) fn without(&self, path: &str) -> Self {
        let below = format!("{path}.");
        let is_kept = |one: &&String| *one != path && !one.starts_with(&below);
        Self(self.0.iter().filter(is_kept).cloned().collect())
    }
}

/// A path and those above it.
fn with_ancestors(path: &str) -> impl Iterator<Item = &str> {
    let places = path.match_indices('.').map(|(place, _)| place).chain([path.len()]);
    places.map(|place| &path[..place])
}

/// A row of a tree.
#[derive(Debug)]
pub(crate) enum Row {
    /// An item.
    Line(Box<TreeLine>),
    /// The way to the rest of a branch.
    More(More),
}

/// An item of a tree.
#[derive(Debug)]
pub(crate) struct TreeLine {
    /// Its place: steps from the top, with dots.
    pub(crate) path: String,
    /// How deep it is; 0 on top.
    pub(crate) depth: usize,
    /// Its code.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: String,
    /// Its own page, or the page that tells of it.
    pub(crate) href: String,
    /// The part of a page that tells of it, where there is one.
    pub(crate) about: Option<String>,
    /// Whether it is the one that is told of.
    pub(crate) is_told: bool,
    /// Whether it is what was looked for.
    pub(crate) is_found: bool,
    /// What is to heed.
    pub(crate) marks: Vec<Status>,
    /// How many are above it, where that is not the whole.
    pub(crate) above: Option<String>,
    /// How many there are in one of those.
    pub(crate) per: String,
    /// How many that makes.
    pub(crate) quantity: String,
    /// Of what.
    pub(crate) unit: String,
    /// What opens and closes it, where it has components.
    pub(crate) twist: Option<Twist>,
    /// More columns.
    pub(crate) cells: Vec<TreeCell>,
    /// How many lines follow it at its depth, and the way to them.
    pub(crate) more: Option<More>,
}

/// What opens and closes a branch.
#[derive(Debug)]
pub(crate) struct Twist {
    /// The page with it open, or closed.
    pub(crate) href: String,
    /// The part of a page with its lines.
    pub(crate) branch: String,
    /// Whether it is open.
    pub(crate) is_open: bool,
    /// What it does, for readers.
    pub(crate) label: String,
}

/// The way to the rest of a branch.
#[derive(Debug)]
pub(crate) struct More {
    /// Where the branch is.
    pub(crate) path: String,
    /// How deep its lines are.
    pub(crate) depth: usize,
    /// The page that goes on with it.
    pub(crate) href: String,
    /// The part of a page with the lines that follow.
    pub(crate) branch: String,
    /// How many follow, in words.
    pub(crate) text: String,
}

/// A cell of a column of its own.
#[derive(Debug)]
pub(crate) struct TreeCell {
    /// `num`, `mid`, and `more` for what a phone leaves out.
    pub(crate) class: &'static str,
    /// Words or a number.
    pub(crate) text: String,
    /// Codes of rules.
    pub(crate) rules: Vec<String>,
}

/// Deepest indentation; what is deeper stands under it.
const MAX_INDENT: usize = 9;

impl TreeLine {
    fn indent(&self) -> usize {
        self.depth.min(MAX_INDENT)
    }
}

impl More {
    fn indent(&self) -> usize {
        self.depth.min(MAX_INDENT)
    }
}

impl Branch {
    /// Lines in their order; the way to the rest of a branch stands below all that is below its last line.
    pub(crate) fn new(lines: Vec<TreeLine>) -> Self {
        let columns = 4 + lines.first().map_or(0, |line| line.cells.len());
        let mut rows = Vec::with_capacity(lines.len());
        let mut waiting: Vec<More> = Vec::new();
        for mut line in lines {
            while waiting.last().is_some_and(|more| more.depth > line.depth) {
                rows.extend(waiting.pop().map(Row::More));
            }
            let more = line.more.take();
            rows.push(Row::Line(Box::new(line)));
            waiting.extend(more);
        }
        rows.extend(waiting.into_iter().rev().map(Row::More));
        Self { rows, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, has_more: bool) -> TreeLine {
        let depth = path.matches('.').count();
        TreeLine {
            path: path.to_owned(),
            depth,
            code: format!("C-{path}"),
            name: String::new(),
            href: String::new(),
            about: None,
            is_told: false,
            is_found: false,
            marks: Vec::new(),
            above: None,
            per: String::new(),
            quantity: String::new(),
            unit: String::new(),
            twist: None,
            cells: Vec::new(),
            more: has_more.then(|| More {
                path: path.to_owned(),
                depth,
                href: String::new(),
                branch: String::new(),
                text: String::new(),
            }),
        }
    }

    #[test]
    fn a_path_opens_what_is_above_it_and_closes_what_is_below() {
        let open = Open::of("7").with("2.19.40");
        assert_eq!(open.text(), "7,2,2.19,2.19.40");
        assert_eq!(open.without("2.19").text(), "7,2");
        assert_eq!(Open::above("2.19.40").text(), "2,2.19");
    }

    #[test]
    fn only_paths_are_read_from_an_address_and_no_more_than_it_keeps() {
        assert_eq!(Open::of("2,2.19,x,3.,<b>,").paths(), ["2", "2.19"]);
        let many = Open::of(&"7,".repeat(500));
        assert_eq!(many.paths().len(), MAX_OPEN);
        assert_eq!(many.with("8.9").paths().len(), MAX_OPEN);
        assert_eq!(many.with("8.9").paths().last().map(String::as_str), Some("8.9"));
    }

    #[test]
    fn the_rest_of_a_branch_stands_below_everything_under_its_last_line() {
        let lines =
            [("1", false), ("1.2", true), ("1.2.3", true), ("1.2.3.4", false), ("5", false), ("6", true)];
        let branch = Branch::new(lines.map(|(path, has_more)| line(path, has_more)).into());
        let told = |row: &Row| match row {
            Row::Line(line) => line.path.clone(),
            Row::More(more) => format!("more of {}", more.path),
        };
        let rows: Vec<String> = branch.rows.iter().map(told).collect();
        assert_eq!(
            rows,
            ["1", "1.2", "1.2.3", "1.2.3.4", "more of 1.2.3", "more of 1.2", "5", "6", "more of 6"]
        );
    }
}
