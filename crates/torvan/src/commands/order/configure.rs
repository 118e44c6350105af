//! `torvan order configure`: give builds their parameters.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use torvan_engine::exact_json::ExactJson;
use torvan_store::Context;
use torvan_store::orders::{self, BuildParameters, Configured, Start};

use crate::output::{Column, Format, Grid, emit, to_json};
use crate::parameters::{self, Language, verdict, violation_line, violations_table};
use crate::{Globals, connection};

/// What `torvan order configure` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.sales order configure TRV-2026-000123 --parameters docs/examples/two-sinks.json
  torvan --as sample.sales order configure TRV-2026-000123 --build B-1 --parameters sink.json
  torvan --as sample.sales order configure TRV-2026-000123 --build B-1 --variant V-B2-STANDARD --set length_in=84
  torvan --as sample.sales order configure TRV-2026-000123 --build B-2 --copy-from B-1 --set basins.0.size=30X20X8

The file holds the parameters of one sink, or {\"sinks\": [{\"build_number\": \"B-1\", …}]} as for `torvan bom preview`.
The language is that of the order. Mistakes are saved with the configuration, listed, and block its BOM; the command then ends
with 1.")]
pub(crate) struct Args {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// The build; without it, each sink of the file is for the build it names
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    #[command(flatten)]
    source: Source,
    /// Set a parameter over those of the source, by name or path (see the examples); null removes it
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_setting)]
    settings: Vec<(String, String)>,
    /// Free text, kept with the configuration
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the messages
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    language: Language,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// File with parameters; - reads standard input
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Product variant
    #[arg(long, value_name = "CODE")]
    variant: Option<String>,
    /// Build whose configuration is copied
    #[arg(long, value_name = "BUILD")]
    copy_from: Option<String>,
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.to_owned())),
        _ => Err("write PATH=VALUE, for example length_in=84".to_owned()),
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    // A file is read before the transaction begins: standard input may take its time.
    let document = args.source.parameters.as_deref().map(parameters::read).transpose()?;
    let given = document.map(|document| sinks_of(document, args.build.as_deref())).transpose()?;
    let saved = connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        let (sinks, start) = match &given {
            Some(sinks) => (sinks.clone(), Start::default()),
            None => one_sink(context, &args).await?,
        };
        let builds = with_settings(sinks, &args.settings)?;
        let start = Start { note: args.note.clone(), ..start };
        Ok(orders::configure(context, order_id, &builds, &start, args.language.into()).await?)
    })
    .await?;
    show(&saved, args.format)
}

fn with_settings(
    mut sinks: Vec<(String, ExactJson)>,
    settings: &[(String, String)],
) -> anyhow::Result<Vec<BuildParameters>> {
    for (_, sink) in &mut sinks {
        for (path, value) in settings {
            sink.set(path, ExactJson::from_word(value)).context("--set cannot be followed")?;
        }
    }
    let built = sinks.into_iter();
    Ok(built
        .map(|(build_number, sink)| BuildParameters { build_number, parameters: sink.to_string() })
        .collect())
}

/// The sinks of a file with the builds they are for.
fn sinks_of(mut document: ExactJson, build: Option<&str>) -> anyhow::Result<Vec<(String, ExactJson)>> {
    if document.get("sinks").is_none() {
        let named = document.remove("build_number").as_ref().and_then(ExactJson::as_text);
        let build = build.map(str::to_owned).or(named);
        let build = build.context("the file names no build; mend: give --build BUILD")?;
        return Ok(vec![(build, document)]);
    }
    let Some(ExactJson::List(elements)) = document.remove("sinks") else {
        bail!("at /sinks a list is expected; mend: {{\"sinks\": [{{\"build_number\": \"B-1\", …}}]}}");
    };
    let mut sinks = Vec::with_capacity(elements.len());
    for (place, mut sink) in elements.into_iter().enumerate() {
        let number = sink.remove("build_number").as_ref().and_then(ExactJson::as_text);
        let number =
            number.with_context(|| format!("at /sinks/{place}/build_number a build number is missing"))?;
        sinks.push((number, sink));
    }
    if let Some(build) = build {
        sinks.retain(|(number, _)| is_same(number, build));
        if sinks.is_empty() {
            bail!("the file has no sink for build {build}; mend: correct --build or the file's build_number");
        }
    }
    refuse_repeated(&sinks)?;
    Ok(sinks)
}

fn refuse_repeated(sinks: &[(String, ExactJson)]) -> anyhow::Result<()> {
    for (place, (number, _)) in sinks.iter().enumerate() {
        if sinks[..place].iter().any(|(earlier, _)| is_same(earlier, number)) {
            bail!("the file has several sinks for build {number}; mend: give each sink its own build_number");
        }
    }
    if sinks.is_empty() {
        bail!("at /sinks there is no sink; mend: {{\"sinks\": [{{\"build_number\": \"B-1\", …}}]}}");
    }
    Ok(())
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// The parameters of a variant or of another build.
async fn one_sink(context: &mut Context, args: &Args) -> anyhow::Result<(Vec<(String, ExactJson)>, Start)> {
    let build = args.build.clone().context("--build is missing; mend: say which build is configured")?;
    let stored = match (&args.source.variant, &args.source.copy_from) {
        (Some(variant), _) => orders::variant_parameters(context, variant).await?,
        (None, Some(other)) => orders::build_parameters(context, other).await?,
        (None, None) => bail!("give --parameters, --variant or --copy-from"),
    };
    let sink = ExactJson::parse(&stored.parameters)?;
    let start = Start {
        variant: args.source.variant.clone(),
        parent_configuration_id: stored.configuration_id,
        note: None,
    };
    Ok((vec![(build, sink)], start))
}

fn show(saved: &[Configured], format: Format) -> anyhow::Result<ExitCode> {
    match format {
        Format::Json => emit(&to_json(&saved)?)?,
        Format::Table => emit(&table(saved)?)?,
        Format::Csv => {
            emit(&grid(saved).to_csv()?)?;
            for build in saved {
                build
                    .violations
                    .iter()
                    .for_each(|found| eprintln!("{}", violation_line(&build.build_number, found)));
            }
        }
    }
    let invalid: Vec<&str> =
        saved.iter().filter(|build| !build.valid).map(|build| build.build_number.as_str()).collect();
    if invalid.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "error: saved, but with errors: {}; no BOM can be generated until they are mended",
        invalid.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

fn table(saved: &[Configured]) -> anyhow::Result<String> {
    let mut text = String::new();
    for build in saved {
        let verdict = verdict(&build.violations);
        writeln!(text, "{}: configuration version {} saved, {verdict}", build.build_number, build.version)?;
        text.push_str(&violations_table(&build.violations));
    }
    Ok(text)
}

fn grid(saved: &[Configured]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("build_number"),
        Column::Figure("configuration_id"),
        Column::Figure("version"),
        Column::Text("valid"),
        Column::Figure("errors"),
        Column::Figure("warnings"),
    ]);
    for build in saved {
        let errors = build.violations.iter().filter(|found| found.is_error()).count();
        let warnings = build.violations.len() - errors;
        grid.row([
            &build.build_number,
            &build.configuration_id,
            &build.version,
            &build.valid,
            &errors,
            &warnings,
        ]);
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builds(text: &str, build: Option<&str>) -> Result<Vec<String>, String> {
        let document = ExactJson::parse(text).unwrap();
        let sinks = sinks_of(document, build).map_err(|error| error.to_string())?;
        Ok(sinks.into_iter().map(|(number, _)| number).collect())
    }

    #[test]
    fn a_file_of_one_sink_is_for_the_named_build() {
        assert_eq!(builds(r#"{"model": "T2-B1"}"#, Some("B-1")).unwrap(), ["B-1"]);
        assert_eq!(builds(r#"{"build_number": "B-7"}"#, None).unwrap(), ["B-7"]);
        assert!(builds(r#"{"model": "T2-B1"}"#, None).unwrap_err().contains("--build"));
    }

    #[test]
    fn a_file_of_many_sinks_gives_all_or_the_named_one() {
        let file = r#"{"sinks": [{"build_number": "B-1"}, {"build_number": "B-2"}]}"#;
        assert_eq!(builds(file, None).unwrap(), ["B-1", "B-2"]);
        assert_eq!(builds(file, Some("b-2 ")).unwrap(), ["B-2"]);
        assert!(builds(file, Some("B-3")).unwrap_err().contains("no sink for build B-3"));
    }

    #[test]
    fn sinks_without_a_number_or_with_the_same_one_are_refused() {
        assert!(builds(r#"{"sinks": [{}]}"#, None).unwrap_err().contains("/sinks/0/build_number"));
        assert!(builds(r#"{"sinks": {}}"#, None).unwrap_err().contains("/sinks"));
        assert!(builds(r#"{"sinks": []}"#, None).unwrap_err().contains("no sink"));
        let twice = r#"{"sinks": [{"build_number": "B-1"}, {"build_number": "b-1"}]}"#;
        assert!(builds(twice, None).unwrap_err().contains("several sinks"));
    }
}
