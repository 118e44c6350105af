//! Why a line is there: the rules, their conditions and what met them; where else the item is, and what it is made of.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::condition::{Part, parts};
use super::key;
use super::read::Sheet;
use crate::api::endpoint::ListSpec;
use crate::http::problem::{FAULT, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::{Icon, Link, Status, Tone};
use crate::pages::data;
use crate::pages::numbers::{plain, unit};
use crate::pages::page::{Page, rendered};
use crate::pages::rules::names::{Names, list_in};
use crate::pages::structure;

#[derive(Debug, Deserialize)]
struct Told {
    code: String,
    name: String,
    quantity: Decimal,
    unit: String,
    line: i64,
    rule_set: Option<String>,
    rule_set_id: i64,
    note: Option<String>,
    is_assembly: bool,
    is_unresolved: bool,
    is_custom: bool,
    #[serde(default)]
    reasons: Vec<Reason>,
    uses: Vec<Use>,
    components: Vec<Component>,
    component_count: i64,
}

#[derive(Debug, Deserialize)]
struct Reason {
    line: i64,
    code: String,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    rule: String,
    title: Option<String>,
    condition: Option<String>,
    quantity: Option<Decimal>,
    place: Option<i64>,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    manual: bool,
    by: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Use {
    line: i64,
    parent: Option<String>,
    quantity_per: Decimal,
    quantity: Decimal,
}

#[derive(Debug, Deserialize)]
struct Component {
    code: String,
    name: String,
    quantity_per: Decimal,
    unit: String,
}

/// A rule that brought a line, or the one above it.
#[derive(Debug)]
struct RuleTold {
    code: String,
    text: String,
    parts: Vec<Part>,
    facts: Vec<(String, String)>,
}

/// Why a line is there, as the page shows it.
#[derive(Debug, Template)]
#[template(path = "boms/why.html")]
pub(super) struct Why {
    words: Vec<(&'static str, String)>,
    close: String,
    code: String,
    name: String,
    about: String,
    marks: Vec<Status>,
    rules: Vec<RuleTold>,
    /// Rules that say the same of more lines.
    more_rules: Option<String>,
    uses: Vec<(String, String, bool)>,
    components: Vec<(String, String, String)>,
    ways: Vec<Link>,
}

impl askama::filters::HtmlSafe for Why {}

/// Rules that are told one by one; screws are in almost every kit.
const RULES_TOLD: usize = 3;

impl Why {
    fn t(&self, key: &str) -> &str {
        self.words.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text)
    }
}

#[derive(Debug, Template)]
#[template(path = "boms/why_part.html")]
struct WhyPart {
    why: Why,
}

/// `GET /boms/{bom_id}/lines/{line_number}`: a part of a page.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::open(&incoming, Some(&person), "bom-title");
        let sheet = Sheet::read(&mut context, key(&incoming, "bom_id")?).await?;
        let line = key(&incoming, "line_number")?;
        let close = format!("/boms/{}", sheet.bom_id);
        let why = read(&mut context, &page, &sheet, line, &close).await?;
        context.commit().await?;
        rendered(&WhyPart { why }, StatusCode::OK)
    })
}

/// What is told of a line; `close` leads to the page without it.
pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    sheet: &Sheet,
    line: i64,
    close: &str,
) -> Result<Why, Problem> {
    let given = Map::from_iter([
        ("bom_id".to_owned(), Value::from(sheet.bom_id)),
        ("line_number".to_owned(), Value::from(line)),
    ]);
    let found: Vec<Told> = data::found(context, "bom_line_sheet", given).await?;
    let told = found.into_iter().next().ok_or_else(|| Problem::new(FAULT, FAULT.title))?;
    let may_read_rules = data::may(context, "configuration_rule:read").await?;
    let called = Called::read(context, page, &told).await?;
    Ok(why(page, &told, close, may_read_rules, &called))
}

const RULES: ListSpec = ListSpec {
    relation: "configuration_rules",
    filters: &["rule_set_id", "rule_code"],
    sorts: &["rule_code"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Run {
    rule_code: String,
    for_each: Option<String>,
}

/// What rules call the values that they look at, as their own page does; those who may not read rules see the product's words.
struct Called {
    names: Names,
    /// The list that a rule runs over, by its code.
    lists: BTreeMap<String, String>,
}

impl Called {
    async fn read(context: &mut Context, page: &Page, told: &Told) -> Result<Self, Problem> {
        let names = Names::read(context, page, told.rule_set_id).await?;
        let codes = told.reasons.iter().flat_map(|reason| &reason.rules).map(|rule| rule.rule.as_str());
        let codes: Vec<&str> = codes.filter(|code| !code.is_empty()).take(50).collect();
        let set = told.rule_set_id.to_string();
        let codes = codes.join(",");
        let asked = [
            ("filter[rule_set_id]", set.as_str()),
            ("filter[rule_code][in]", codes.as_str()),
            ("limit", "200"),
        ];
        let runs: Vec<Run> =
            if codes.is_empty() { Vec::new() } else { data::rows(context, &RULES, &asked).await? };
        let lists = runs.into_iter().map(|run| (run.rule_code, list_in(run.for_each.as_deref()))).collect();
        Ok(Self { names, lists })
    }

    fn list_of(&self, rule: &str) -> &str {
        self.lists.get(rule).map_or("", String::as_str)
    }
}

fn why(page: &Page, told: &Told, close: &str, may_read_rules: bool, called: &Called) -> Why {
    let all: Vec<RuleTold> = told
        .reasons
        .iter()
        .flat_map(|reason| reason.rules.iter().map(move |rule| (reason, rule)))
        .map(|(reason, rule)| rule_told(page, told, reason, rule, called))
        .collect();
    let surplus = all.len().saturating_sub(RULES_TOLD);
    let words =
        ["why-title", "why-condition", "why-value", "why-met", "why-uses", "why-made-of", "why-top", "close"];
    Why {
        words: words.into_iter().map(|key| (key, page.t(key))).collect(),
        close: close.to_owned(),
        code: told.code.clone(),
        name: told.name.clone(),
        about: page.words.say_with(
            "why-quantity",
            &[
                ("quantity", plain(page.words, told.quantity).into()),
                ("unit", unit(page.words, &told.unit).into()),
            ],
        ),
        marks: marks(page, told),
        more_rules: (surplus > 0).then(|| page.tv("why-more-rules", "count", surplus)),
        rules: all.into_iter().take(RULES_TOLD).collect(),
        uses: uses(page, told),
        components: told
            .components
            .iter()
            .map(|one| (one.code.clone(), one.name.clone(), told_quantity(page, one.quantity_per, &one.unit)))
            .collect(),
        ways: ways(page, told, may_read_rules),
    }
}

fn told_quantity(page: &Page, quantity: Decimal, code: &str) -> String {
    format!("{} {}", plain(page.words, quantity), unit(page.words, code))
}

fn marks(page: &Page, told: &Told) -> Vec<Status> {
    let mut marks = Vec::new();
    if told.is_unresolved {
        marks.push(Status::pill(Tone::Bad, page.t("bom-line-unknown")));
    }
    marks.extend(told.note.clone().map(|note| Status::pill(Tone::None, note)));
    marks
}

fn rule_told(page: &Page, told: &Told, reason: &Reason, rule: &Rule, called: &Called) -> RuleTold {
    let title = rule.title.clone().unwrap_or_default();
    if rule.manual {
        let who = rule.by.clone().unwrap_or_default();
        let text = page.words.say_with("why-by-hand", &[("who", who.into()), ("why", title.into())]);
        return RuleTold { code: String::new(), text, parts: Vec::new(), facts: Vec::new() };
    }
    let title = page.words.shipped(&title);
    let text = if reason.line == told.line {
        title
    } else {
        page.words.say_with("why-through", &[("code", reason.code.clone().into()), ("title", title.into())])
    };
    let mut facts = Vec::new();
    if let Some(place) = rule.place {
        facts.push((page.t("why-place"), (place + 1).to_string()));
    }
    facts.extend(rule.quantity.map(|quantity| (page.t("why-rule-quantity"), plain(page.words, quantity))));
    facts.extend(told.rule_set.clone().map(|set| (page.t("bom-rule-set"), set)));
    RuleTold {
        code: rule.rule.clone(),
        text,
        parts: parts(
            page.words,
            Some((&called.names, called.list_of(&rule.rule))),
            rule.condition.as_deref().unwrap_or_default(),
            &rule.values,
        ),
        facts: if reason.line == told.line { facts } else { Vec::new() },
    }
}

fn uses(page: &Page, told: &Told) -> Vec<(String, String, bool)> {
    let one = |one: &Use| {
        let parent = one.parent.clone().unwrap_or_else(|| page.t("why-top"));
        let values = [
            ("per", plain(page.words, one.quantity_per).into()),
            ("all", plain(page.words, one.quantity).into()),
        ];
        (parent, page.words.say_with("why-use", &values), one.line == told.line)
    };
    told.uses.iter().map(one).collect()
}

fn ways(page: &Page, told: &Told, may_read_rules: bool) -> Vec<Link> {
    let mut ways = Vec::new();
    if told.is_assembly {
        let text = page.tv("why-all-components", "count", told.component_count);
        ways.push(Link::new(structure::of_assembly(&told.code), text, false));
    } else if !told.is_unresolved && !told.is_custom {
        ways.push(Link::new(structure::of_part(&told.code), page.t("why-catalogue"), false));
    }
    if may_read_rules {
        ways.push(Link::new(format!("/rule-sets/{}", told.rule_set_id), page.t("why-rules"), false));
    }
    ways
}
