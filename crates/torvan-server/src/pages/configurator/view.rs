//! The page as its templates show it: steps, the fields of a screen, drawing, lines, findings.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use torvan_engine::drawing::{Facts, Look, Placement, Sink, View, draw_view};

use super::answer::{Choice, Configured, Head, Violation};
use super::labels::{self, DrawingWords};
use super::state::State;
use super::steps::Step;
use crate::pages::components::{Icon, Tone};
use crate::pages::numbers;
use crate::words::{Language, Words};

/// Mends that are offered for one finding.
const MENDS: usize = 2;

/// A button that changes the parameters.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) command: String,
    pub(super) text: String,
}

/// A mistake or a warning at its place.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) is_error: bool,
    /// Whether only something is not chosen yet, and nobody has saved it so.
    pub(super) is_open: bool,
    /// Number of the rule; none where a parameter itself is missing or mistyped.
    pub(super) rule: String,
    pub(super) text: String,
    pub(super) step: Step,
    pub(super) step_name: String,
    pub(super) acts: Vec<Act>,
}

impl Finding {
    pub(super) fn icon(&self) -> Icon {
        self.tone().icon()
    }

    pub(super) fn tone(&self) -> Tone {
        match (self.is_open, self.is_error) {
            (true, _) => Tone::None,
            (_, true) => Tone::Bad,
            _ => Tone::Warn,
        }
    }
}

/// One of the ways to answer.
#[derive(Debug, Clone)]
pub(super) struct Option_ {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) code: String,
    pub(super) is_on: bool,
    pub(super) is_barred: bool,
    pub(super) note: Option<String>,
    pub(super) mend: Option<Act>,
}

/// A question with its ways.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) name: String,
    pub(super) legend: String,
    pub(super) options: Vec<Option_>,
    pub(super) findings: Vec<Finding>,
}

/// A measure.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) findings: Vec<Finding>,
}

impl Measure {
    pub(super) fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.is_error && !finding.is_open)
    }
}

/// A yes or no.
#[derive(Debug, Clone)]
pub(super) struct Toggle {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) code: String,
    pub(super) is_on: bool,
}

/// A basin.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) title: String,
    pub(super) pointer: String,
    pub(super) kind: Question,
    pub(super) size: Question,
    pub(super) custom: Vec<Measure>,
    pub(super) toggles: Vec<Toggle>,
}

/// One more element of a list, or why there cannot be one.
#[derive(Debug, Clone)]
pub(super) struct More {
    pub(super) title: String,
    pub(super) add: Option<Act>,
    pub(super) reason: Option<String>,
    pub(super) mend: Option<Act>,
}

/// A line of faucets or sprayers.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) kind: Question,
    pub(super) quantity: Measure,
    pub(super) place: Question,
    pub(super) is_bad: bool,
    pub(super) remove: Act,
}

/// An item of a list by its code.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) pointer: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) quantity: Measure,
    pub(super) findings: Vec<Finding>,
    pub(super) remove: Act,
}

/// A step in the list.
#[derive(Debug, Clone)]
pub(super) struct StepLink {
    pub(super) step: Step,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) tone: Tone,
    pub(super) is_here: bool,
    /// Whether nothing is left to choose: what a sink can be without is done without it.
    pub(super) is_done: bool,
}

/// A line of the BOM.
#[derive(Debug, Clone)]
pub(super) struct BomLine {
    pub(super) short_code: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) because: String,
    pub(super) quantity: String,
    pub(super) cost: Option<String>,
    pub(super) is_new: bool,
    pub(super) is_unresolved: bool,
}

/// Places in their order along the sink. One of which no basin is there has nothing to say that the basins do not say
/// already; it stays where it is chosen. What is no place of a faucet stays as it is.
fn along_the_sink(mut options: Vec<Option_>, basins: usize) -> Vec<Option_> {
    let at = |option: &Option_| {
        let place = Placement::ALL.iter().copied().find(|place| place.code() == option.value);
        place.map(Placement::basins)
    };
    let is_far = |option: &Option_| at(option).is_some_and(|(left, _)| left >= basins.max(1));
    options.retain(|option| !option.is_barred || !is_far(option));
    options.sort_by_key(at);
    options
}

/// Everything that views are made of.
pub(super) struct Scene<'a> {
    pub(super) words: Words,
    pub(super) state: &'a State,
    pub(super) answer: &'a Configured,
    pub(super) path: &'a str,
    /// Whether somebody saved it so: what is open was left open then.
    pub(super) is_saved: bool,
}

impl Scene<'_> {
    fn act(&self, pointer: &str, value: &str) -> Act {
        let text = self.words.say_with("mend-use", &[("value", labels::choice(self.words, value).into())]);
        Act { command: format!("set {pointer}={value}"), text }
    }

    fn mends(&self, violation: &Violation) -> Vec<Act> {
        let cleared = format!("{}{}", violation.rule, violation.path);
        let clearing = self.answer.choices.iter().filter(|choice| choice.clears.contains(&cleared));
        let at = |choice: &&Choice| {
            choice.path == violation.path || choice.path == format!("{}/-", violation.path)
        };
        let act = |choice: &Choice| match choice.path.strip_suffix("/-") {
            Some(list) => self.add(list),
            None => self.act(&choice.path, &choice.text()),
        };
        // The nearest size is meant, not one of other measures.
        let near = |choice: &&Choice| choice.text() != "CUSTOM" && self.is_near(choice);
        clearing.filter(at).filter(near).take(MENDS).map(act).collect()
    }

    /// Whether a size keeps the width that was chosen.
    fn is_near(&self, choice: &Choice) -> bool {
        let present = self.state.text(&choice.path);
        let width = |size: &str| size.split('X').next().map(str::to_owned);
        !choice.path.ends_with("/size") || !present.contains('X') || width(&present) == width(&choice.text())
    }

    fn add(&self, list: &str) -> Act {
        let name = list.trim_start_matches('/');
        Act { command: format!("add {list}"), text: self.words.say(add_key(name)) }
    }

    fn remove(&self, pointer: &str) -> Act {
        let text = format!("{}: {}", self.words.say("remove"), labels::pointer(self.words, pointer));
        Act { command: format!("remove {pointer}"), text }
    }

    fn finding(&self, violation: &Violation) -> Finding {
        let step = Step::of_pointer(&violation.path);
        let is_open = self.is_open(violation);
        let is_numbered = !violation.rule.starts_with("P.");
        let what = || labels::pointer(self.words, &violation.path);
        Finding {
            is_error: violation.is_error(),
            is_open,
            rule: if is_numbered { violation.rule.clone() } else { String::new() },
            text: if is_open && !is_list(&violation.path) {
                self.words.say_with("open-choice", &[("what", what().into())])
            } else {
                labels::message(self.words, &violation.message)
            },
            step,
            step_name: self.words.say(step.name()),
            acts: self.mends(violation),
        }
    }

    /// A value that is missing is no mistake before somebody saves without it.
    pub(super) fn is_open(&self, violation: &Violation) -> bool {
        violation.is_open() && !self.is_saved
    }

    /// Everything that was found: what is wrong before what is open.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            self.answer.violations.iter().map(|violation| self.finding(violation)).collect();
        found.sort_by_key(|finding| finding.is_open);
        found
    }

    /// What was found at exactly this place. A field that is open shows it by itself.
    pub(super) fn found_at(&self, pointer: &str) -> Vec<Finding> {
        let is_told = |violation: &&Violation| is_list(pointer) || !self.is_open(violation);
        let here =
            self.answer.violations.iter().filter(|violation| violation.path == pointer).filter(is_told);
        here.map(|violation| self.finding(violation)).collect()
    }

    fn reason(&self, choice: &Choice) -> Option<String> {
        let key = choice.key.as_deref()?.replace(['.', '_'], "-");
        self.words.say_if_known(&format!("reason-{key}")).or_else(|| self.told(choice))
    }

    /// Why it cannot be chosen, in words.
    fn told(&self, choice: &Choice) -> Option<String> {
        choice.message.as_deref().map(|message| labels::message(self.words, message))
    }

    fn switch_to(&self, choice: &Choice, then: &str) -> Option<Act> {
        let mend = choice.mend.as_ref()?;
        let value = labels::choice(self.words, &mend.value);
        let text = self.words.say_with("mend-switch", &[("value", value.into())]);
        Some(Act { command: format!("{then};set {}={}", mend.path, mend.value), text })
    }

    fn option(&self, choice: &Choice, present: &str) -> Option_ {
        let value = choice.text();
        let is_on = value == present;
        let is_barred = choice.is_barred() && choice.at.as_deref() == Some(choice.path.as_str()) && !is_on;
        Option_ {
            text: labels::choice(self.words, &value),
            code: choice.short_code.clone().unwrap_or_default(),
            is_on,
            is_barred,
            note: if is_on { None } else { self.reason(choice) },
            mend: is_barred
                .then(|| self.switch_to(choice, &format!("set {}={value}", choice.path)))
                .flatten(),
            value,
        }
    }

    /// A question of the rules' own choices.
    pub(super) fn question(&self, pointer: &str) -> Question {
        let present = self.state.text(pointer);
        let name = pointer.rsplit('/').next().unwrap_or_default();
        Question {
            name: pointer.to_owned(),
            legend: labels::parameter(self.words, name),
            options: self.answer.at(pointer).map(|choice| self.option(choice, &present)).collect(),
            findings: self.found_at(pointer),
        }
    }

    /// A measure in inches, or a quantity.
    pub(super) fn measure(&self, pointer: &str) -> Measure {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        Measure {
            name: pointer.to_owned(),
            label: labels::parameter(self.words, name),
            value: self.typed(pointer),
            findings: self.found_at(pointer),
        }
    }

    /// A value as it stands in a field: a number has the reader's decimal sign.
    fn typed(&self, pointer: &str) -> String {
        typed(self.words, self.state, pointer)
    }

    /// A yes or no.
    pub(super) fn toggle(&self, pointer: &str) -> Toggle {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let code = self.answer.at(pointer).find_map(|choice| choice.short_code.clone());
        Toggle {
            name: pointer.to_owned(),
            text: labels::parameter(self.words, name),
            code: code.unwrap_or_default(),
            is_on: self.state.text(pointer) == "true",
        }
    }

    /// The basins as cards.
    pub(super) fn cards(&self) -> Vec<Card> {
        let card = |place: usize| {
            let at = |name: &str| format!("/basins/{place}/{name}");
            let is_custom = self.state.text(&at("size")) == "CUSTOM";
            let customs = ["custom_width_in", "custom_length_in", "custom_depth_in"];
            Card {
                title: labels::pointer(self.words, &format!("/basins/{place}")),
                pointer: format!("/basins/{place}"),
                kind: self.question(&at("type")),
                size: self.question(&at("size")),
                custom: customs.iter().filter(|_| is_custom).map(|name| self.measure(&at(name))).collect(),
                toggles: ["basin_light", "p_trap"].iter().map(|name| self.toggle(&at(name))).collect(),
            }
        };
        (0..self.state.len("basins")).map(card).collect()
    }

    /// One more element of a list.
    pub(super) fn more(&self, list: &str) -> Option<More> {
        let pointer = format!("/{list}/-");
        let choice = self.answer.at(&pointer).next()?;
        let title = labels::pointer(self.words, &format!("/{list}/{}", self.state.len(list)));
        let add = self.add(&format!("/{list}"));
        let is_barred = choice.is_barred();
        let mend = is_barred.then(|| self.switch_to(choice, &add.command)).flatten();
        let reason = is_barred.then(|| self.told(choice)).flatten();
        Some(More { title, add: (!is_barred).then_some(add), reason, mend })
    }

    /// Faucets or sprayers, a line each.
    pub(super) fn rows(&self, list: &str, place_name: &str) -> Vec<Row> {
        let sink = Sink::read(&self.answer.parameters);
        let before = if list == "sprayers" { self.state.len("faucets") } else { 0 };
        let row = |place: usize| {
            let pointer = format!("/{list}/{place}");
            let mut question = self.question(&format!("{pointer}/{place_name}"));
            question.options = along_the_sink(question.options, self.state.len("basins"));
            Row {
                number: sink.first_key_number() + before + place,
                kind: self.question(&format!("{pointer}/type")),
                quantity: self.measure(&format!("{pointer}/quantity")),
                is_bad: question.findings.iter().any(|finding| finding.is_error),
                place: question,
                remove: self.remove(&pointer),
            }
        };
        (0..self.state.len(list)).map(row).collect()
    }

    /// Drawers or accessories.
    pub(super) fn items(&self, list: &str) -> Vec<Item> {
        let item = |place: usize| {
            let pointer = format!("/{list}/{place}");
            let code = self.state.text(&format!("{pointer}/code"));
            let line = self.answer.top_level.iter().find(|line| line.code == code);
            Item {
                name: line.map(|line| line.name.clone()).unwrap_or_default(),
                code,
                quantity: self.measure(&format!("{pointer}/quantity")),
                findings: self.found_at(&format!("{pointer}/code")),
                remove: self.remove(&pointer),
                pointer,
            }
        };
        (0..self.state.len(list)).map(item).collect()
    }

    /// The steps with how each stands.
    pub(super) fn steps(&self, here: Step) -> Vec<StepLink> {
        Step::ALL.into_iter().map(|step| self.step(step, here)).collect()
    }

    fn step(&self, step: Step, here: Step) -> StepLink {
        let found = self.answer.violations.iter().filter(|one| Step::of_pointer(&one.path) == step);
        let (open, found): (Vec<&Violation>, Vec<&Violation>) = found.partition(|one| self.is_open(one));
        let (errors, warnings): (Vec<&Violation>, Vec<&Violation>) =
            found.into_iter().partition(|one| one.is_error());
        let mut summary = self.summary(step);
        if summary.is_empty() && step == Step::Faucets {
            summary = self.added("faucets").unwrap_or_default();
        }
        let count = |key: &str, found: &[&Violation]| {
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            self.words.say_with(key, &[("count", count.into())])
        };
        let is_empty = summary.is_empty();
        let (tone, about) = match (errors.is_empty(), open.is_empty(), warnings.is_empty()) {
            (false, ..) => (Tone::Bad, count("found-errors", &errors)),
            (_, false, _) => (Tone::None, count("found-open", &open)),
            (_, _, false) => (Tone::Warn, count("found-warnings", &warnings)),
            _ if is_empty && step.is_optional() => (Tone::Ok, self.words.say("step-none-needed")),
            _ if is_empty => (Tone::None, self.words.say("step-none")),
            _ => (Tone::Ok, summary),
        };
        let is_done = matches!(tone, Tone::Ok | Tone::Warn);
        StepLink { is_done, step, name: self.words.say(step.name()), about, tone, is_here: step == here }
    }

    /// What was chosen in a step, in short.
    fn summary(&self, step: Step) -> String {
        let text = |pointer: &str| self.state.text(pointer);
        let named = |pointer: &str| labels::choice(self.words, &text(pointer));
        let of_list = |list: &str, name: &str| {
            let kinds = (0..self.state.len(list)).map(|place| named(&format!("/{list}/{place}/{name}")));
            kinds.filter(|kind| !kind.is_empty()).collect::<Vec<_>>().join(", ")
        };
        match step {
            Step::Model => model_and_size(self.words, self.state),
            Step::Legs => joined(&[text("/leg_model"), named("/feet")]),
            Step::Basins => of_list("basins", "type"),
            Step::Faucets => of_list("faucets", "type"),
            Step::Sprayers => of_list("sprayers", "type"),
            Step::Pegboard if text("/pegboard") != "true" => String::new(),
            Step::Pegboard => joined(&[named("/pegboard_color"), named("/pegboard_type")]),
            Step::Drawers => counted(self.state.len("drawers")),
            Step::Accessories => counted(self.state.len("accessories")),
        }
    }

    /// What the rules add to a list by themselves, with how many: a faucet that its basin needs.
    pub(super) fn added(&self, list: &str) -> Option<String> {
        let group = list.strip_suffix('s').unwrap_or(list);
        let number = |text: String| text.parse::<Decimal>().unwrap_or(Decimal::ONE);
        let chosen: Decimal = (0..self.state.len(list))
            .map(|place| number(self.state.text(&format!("/{list}/{place}/quantity"))))
            .sum();
        let lines: Vec<&super::answer::Line> =
            self.answer.top_level.iter().filter(|line| line.group.as_deref() == Some(group)).collect();
        let added = lines.iter().map(|line| line.quantity).sum::<Decimal>() - chosen;
        let named = lines.iter().find(|line| line.places.is_empty()).filter(|_| added > Decimal::ZERO)?;
        let values =
            [("count", numbers::plain(self.words, added).into()), ("name", named.name.clone().into())];
        Some(self.words.say_with("step-added", &values))
    }

    /// Lines of the BOM, those that were not there before marked.
    pub(super) fn lines(&self, before: Option<&str>) -> Vec<BomLine> {
        let known: Option<Vec<&str>> = before.map(|codes| codes.split(' ').collect());
        let line = |line: &super::answer::Line| BomLine {
            short_code: line.short_code.clone().unwrap_or_default(),
            code: line.code.clone(),
            name: line.name.clone(),
            because: line.because.clone().unwrap_or_default(),
            quantity: numbers::plain(self.words, line.quantity),
            cost: line.cost.map(|cost| numbers::amount(self.words, cost, 2)),
            is_new: known.as_ref().is_some_and(|known| !known.contains(&line.code.as_str())),
            is_unresolved: line.unresolved,
        };
        let mut lines: Vec<BomLine> = self.answer.top_level.iter().map(line).collect();
        lines.sort_by_key(|line| !line.is_new);
        lines
    }

    /// The drawing, and the scale that it has on paper.
    pub(super) fn drawing(&self, look: Look, view: View) -> (String, u32) {
        let page = (look == Look::Page).then(|| self.path.to_owned());
        let captions = DrawingWords { words: self.words, codes: self.codes(), page };
        let drawing = draw_view(&Sink::read(&self.answer.parameters), &self.facts(), &captions, look, view);
        (drawing.svg, drawing.denominator)
    }

    fn in_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a super::answer::Line> {
        self.answer.top_level.iter().filter(move |line| line.group.as_deref() == Some(group))
    }

    /// Short codes by the parameter that selected them.
    fn codes(&self) -> BTreeMap<String, String> {
        let mut codes = BTreeMap::new();
        for (group, list) in [("faucet", "faucets"), ("sprayer", "sprayers")] {
            for line in self.in_group(group) {
                for place in &line.places {
                    codes.insert(format!("/{list}/{place}"), line.short_code.clone().unwrap_or_default());
                }
            }
        }
        for (group, path) in [
            ("control_box", "/control_box"),
            ("legs", "/leg_model"),
            ("overhead_light", "/overhead_light"),
            ("faucet", "/faucets/added"),
        ] {
            let by_itself = self.in_group(group).find(|line| line.places.is_empty());
            if let Some(code) = by_itself.and_then(|line| line.short_code.clone()) {
                codes.insert(path.to_owned(), code);
            }
        }
        for place in 0..self.state.len("faucets") {
            if self.state.text(&format!("/faucets/{place}/type")) == "DI_GOOSENECK"
                && let Some(code) = codes.get("/faucets/added").cloned()
            {
                codes.insert(format!("/faucets/{place}"), code);
            }
        }
        codes
    }

    fn facts(&self) -> Facts {
        let control_box = self.in_group("control_box").next();
        let chosen: u64 = (0..self.state.len("faucets"))
            .filter(|place| self.state.text(&format!("/faucets/{place}/type")) == "DI_GOOSENECK")
            .map(|place| self.state.0["faucets"][place]["quantity"].as_u64().unwrap_or(1))
            .sum();
        let goosenecks: Decimal =
            self.in_group("faucet").filter(|line| line.places.is_empty()).map(|line| line.quantity).sum();
        let added = (goosenecks - Decimal::from(chosen)).max(Decimal::ZERO);
        Facts {
            control_box: control_box.map(|line| line.code.trim_start_matches("T2-CTRL-").to_owned()),
            added_goosenecks: usize::try_from(added).unwrap_or(0),
            panel: self.in_group("pegboard").find_map(|line| panel(&line.code)),
        }
    }
}

/// Whether a pointer is that of a whole list.
fn is_list(pointer: &str) -> bool {
    matches!(pointer, "/basins" | "/faucets" | "/sprayers" | "/drawers" | "/accessories")
}

fn add_key(list: &str) -> &'static str {
    match list {
        "basins" => "add-basin",
        "faucets" => "add-faucet",
        "sprayers" => "add-sprayer",
        _ => "add-item",
    }
}

/// Length and height that the code of a stock panel's kit names: `…-PB-7236-…`.
fn panel(code: &str) -> Option<(f64, f64)> {
    let digits =
        code.split('-').find(|part| part.len() >= 4 && part.bytes().all(|sign| sign.is_ascii_digit()))?;
    let (length, height) = digits.split_at(digits.len() - 2);
    Some((length.parse().ok()?, height.parse().ok()?))
}

fn joined(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}

fn counted(count: usize) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}

/// A number as the reader writes it.
fn typed(words: Words, state: &State, pointer: &str) -> String {
    let text = state.text(pointer);
    let is_number = state.0.pointer(pointer).is_some_and(serde_json::Value::is_number);
    if is_number && words.language == Language::Fr { text.replace('.', ",") } else { text }
}

/// What tells one sink from another at a glance: `T2-B2, 72 × 30 in`.
pub(super) fn model_and_size(words: Words, state: &State) -> String {
    let [length, width] = ["/length_in", "/width_in"].map(|pointer| typed(words, state, pointer));
    let size = match (length.is_empty(), width.is_empty()) {
        (false, false) => {
            words.say_with("drawing-board", &[("length", length.into()), ("height", width.into())])
        }
        (false, true) => words.say_with("drawing-inches", &[("value", length.into())]),
        _ => String::new(),
    };
    joined(&[state.text("/model"), size])
}

/// The page's path.
pub(super) fn path_of(head: &Head) -> String {
    format!("/builds/{}/configuration", head.build_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_stock_panel_names_its_size() {
        assert_eq!(panel("T2-ADW-PB-10836-GREEN-PERF-KIT"), Some((108.0, 36.0)));
        assert_eq!(panel("T2-ADW-PB-PERF-KIT"), None);
    }

    fn places(barred: &[&str], chosen: &str, basins: usize) -> Vec<String> {
        let option = |place: &Placement| Option_ {
            value: place.code().to_owned(),
            text: String::new(),
            code: String::new(),
            is_on: place.code() == chosen,
            is_barred: barred.contains(&place.code()) && place.code() != chosen,
            note: None,
            mend: None,
        };
        let options = Placement::ALL.iter().map(option).collect();
        along_the_sink(options, basins).into_iter().map(|option| option.value).collect()
    }

    #[test]
    fn places_stand_in_their_order_along_the_sink() {
        let all = ["BASIN_1", "BETWEEN_1_2", "BASIN_2", "BETWEEN_2_3", "BASIN_3"];
        assert_eq!(places(&[], "", 3), all);
        assert_eq!(places(&["BASIN_1"], "", 3), all, "what is taken is seen");
    }

    #[test]
    fn a_place_without_any_basin_is_left_out_unless_it_is_chosen() {
        let far = ["BASIN_3", "BETWEEN_2_3"];
        assert_eq!(places(&far, "", 2), ["BASIN_1", "BETWEEN_1_2", "BASIN_2", "BETWEEN_2_3"]);
        assert_eq!(places(&far, "BASIN_3", 2).last().map(String::as_str), Some("BASIN_3"));
        let all = ["BASIN_1", "BETWEEN_1_2", "BASIN_2", "BETWEEN_2_3", "BASIN_3"];
        assert_eq!(places(&all, "", 0), ["BASIN_1", "BETWEEN_1_2"], "one is always there");
    }
}
