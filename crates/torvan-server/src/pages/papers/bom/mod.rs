//! A bill of materials on paper: what it is of, what it adds up to, how it stands, its lines once each, and the totals by part.

mod blocks;
mod lines;

use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_print::Paper;
use torvan_store::Context;

use super::{Plant, answer, page_of, require_whole};
use crate::api::file_of_build;
use crate::http::problem::{INVALID, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::boms::{CostParts, Sheet, Total};
use crate::pages::data;
use crate::pages::page::Page;
use lines::Line;

/// Lines of a paper, at most: some two hundred sheets.
const MAX_LINES: i64 = 10_000;

/// Everything that stands on the paper.
struct Bom {
    sheet: Sheet,
    lines: Vec<Line>,
    totals: Vec<Total>,
    costs: Option<CostParts>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct Configuration {
    parameters: Value,
}

impl Bom {
    async fn read(context: &mut Context, bom_id: i64) -> Result<Self, Problem> {
        let given = || Map::from_iter([("bom_id".to_owned(), Value::from(bom_id))]);
        let sheet = Sheet::read(context, bom_id).await?;
        if sheet.line_count > MAX_LINES {
            let detail = format!("The BOM has more than {MAX_LINES} lines, too many for a paper.");
            return Err(Problem::new(INVALID, detail).hint("Export it as CSV or XLSX."));
        }
        let lines = data::found(context, "export_bom", given()).await?;
        let totals = data::found(context, "bom_leaf_totals", given()).await?;
        let costs = CostParts::read(context, &sheet).await?;
        let path = [("configuration_id".to_owned(), sheet.configuration_id.to_string())];
        let configuration: Option<Configuration> = data::one(context, "configurations", &path).await?;
        Ok(Self { sheet, lines, totals, costs, parameters: configuration.map(|one| one.parameters) })
    }

    fn paper(&self, page: &Page, plant: Plant) -> Paper {
        let sheet = &self.sheet;
        let name = match &sheet.build_number {
            Some(build) => page.words.say_with(
                "bom-named",
                &[("build", build.clone().into()), ("revision", sheet.revision.into())],
            ),
            None => page.t("bom-title"),
        };
        Paper {
            sheet: plant.sheet,
            language: page.words.language.code().to_owned(),
            title: name.clone(),
            issuer: plant.legal_name,
            head: format!("{name} · {}", blocks::state(page, sheet)),
            foot: format!(
                "{} · {} {}",
                page.tv("paper-bom-number", "number", sheet.bom_id),
                page.t("bom-hash"),
                sheet.content_hash
            ),
            page_of: page_of(page.words),
            dated: Some(sheet.created_at),
            identity: format!("boms/{}/{}", sheet.bom_id, sheet.content_hash),
            blocks: blocks::blocks(page, self),
        }
    }
}

/// `GET /boms/{bom_id}/export?format=pdf`.
pub(crate) fn export(incoming: Incoming) -> Answering {
    Box::pin(async move {
        require_whole(&incoming)?;
        let bom_id = incoming.key("bom_id")?;
        let (mut context, person) = incoming.enter().await?;
        // Its reader is who prints it: in their language, or in the one that they ask for.
        let mut page = Page::open(&incoming, Some(&person), "bom-title");
        let bom = Bom::read(&mut context, bom_id).await?;
        let plant = Plant::read(&mut context).await?;
        context.commit().await?;
        page.words = page.words.by_clocks_of(&plant.time_zone);
        let sheet = &bom.sheet;
        let name = match &sheet.build_number {
            Some(build) => file_of_build(build, sheet.revision),
            None => format!("bom-{bom_id}-revision-{}", sheet.revision),
        };
        answer(&incoming, bom.paper(&page, plant), &name).await
    })
}
