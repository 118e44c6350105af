//! Every page, as each role that may see it: found as a person finds them, by following links.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use super::client::{Asked, Client, Opened};
use super::{HttpPlan, Server, http_client, one_factor, prepare, with_passwords};
use crate::BenchError;
use crate::error::During as _;
use crate::report::{Report, Row};
use crate::statistics::{Rounds, Samples};

const METHOD: &str = "Times are seen by the client on the same machine, to the last byte of the page. Pages without a key in their path are opened as they \
    are, the others by the first link that leads to them from a page or from the sample order. Each row is the role for which its page is slowest; statements \
    are what the server sends to the database for one page, with begin, context and end.";

/// All whose days are spent here.
const ROLES: [&str; 6] = [
    "ADMINISTRATOR",
    "ASSEMBLY_TECHNICIAN",
    "CUSTOMER_SERVICE",
    "PRODUCTION_MANAGER",
    "QC_INSPECTOR",
    "SALES_MANAGER",
];

/// Longest time of a page, as bars of the lists, the board and one order have it.
const LIMIT_MS: f64 = 40.0;

/// Links to one page that are followed until one of them opens it.
const TRIES: usize = 3;

/// A page for the role that waits longest for it.
struct Slowest {
    role: &'static str,
    statements: f64,
    rounds: Rounds,
}

/// Fills a deployed database and opens every page that `routes` names (as `/orders/{order_id}`) on a server that works on it.
///
/// # Errors
/// A page is a fault of the server, nobody can sign in, or the database fails.
pub async fn measure_pages(
    owner: &PgConnectOptions,
    server: &Server,
    plan: &HttpPlan,
    routes: &[&str],
    mut on_step: impl FnMut(&str),
) -> Result<Report, BenchError> {
    let (mut session, machine) = prepare(owner, plan, &mut on_step).await?;
    make_people(&mut session, server).await?;
    sqlx::raw_sql(include_str!("../../sql/http/page_records.sql"))
        .execute(&mut session)
        .await
        .during("making records")?;
    let sample = sample_order(&mut session).await?;
    let http = http_client()?;
    ask_for_data(&http, server).await?;
    let mut slowest = BTreeMap::new();
    for role in ROLES {
        on_step(role);
        let mut person = Client::stranger(&http, &server.url);
        person.sign_in(&format!("bench.page.{}", role.to_lowercase()), &server.password).await?;
        for (route, path) in found(&person, routes, sample).await? {
            let timed = timed(&mut session, &person, &path, plan).await?;
            keep_slower(&mut slowest, route, Slowest { role, ..timed });
        }
    }
    let data = format!("{} orders of test data, one person of each role", plan.data.orders);
    let mut report = Report::new("torvan bench pages", machine, data, METHOD);
    report.notes.extend(unopened(routes, &slowest));
    report.rows.extend(slowest.into_iter().map(|(route, page)| row(&route, &page)));
    Ok(report)
}

async fn make_people(session: &mut PgConnection, server: &Server) -> Result<(), BenchError> {
    let step = "making people";
    let mut transaction = session.begin().await.during(step)?;
    let begin = "SELECT begin_as('sample.admin', 'benchmark')";
    sqlx::query(begin).execute(&mut *transaction).await.during(step)?;
    let people = sqlx::query(include_str!("../../sql/http/page_people.sql")).bind(&ROLES[..]);
    people.execute(&mut *transaction).await.during(step)?;
    transaction.commit().await.during(step)?;
    with_passwords(session, server).await?;
    one_factor(session).await
}

/// A person of a customer, and their request to see what is kept of them: both need the server's keys.
async fn ask_for_data(http: &reqwest::Client, server: &Server) -> Result<(), BenchError> {
    let mut person = Client::stranger(http, &server.url);
    person.sign_in("bench.page.administrator", &server.password).await?;
    let contact = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": "Nora Contact", "email": "nora@stelmo.example"});
    let made = person.ask(&Asked::post("/contacts", contact, StatusCode::CREATED)).await?;
    let request = json!({"kind": "EXPORT", "subject_id": made["subject_id"]});
    person.ask(&Asked::post("/privacy/requests", request, StatusCode::CREATED)).await?;
    Ok(())
}

async fn sample_order(session: &mut PgConnection) -> Result<i64, BenchError> {
    let sample = "SELECT order_id FROM builds WHERE build_number = 'SAMPLE-001'";
    sqlx::query_scalar(sample).fetch_one(&mut *session).await.during("the sample order")
}

/// A path of each route that this person may open, in the order in which they were found.
async fn found(person: &Client, routes: &[&str], sample: i64) -> Result<Vec<(String, String)>, BenchError> {
    let plain = routes.iter().filter(|route| !route.contains('{')).map(|route| (*route).to_owned());
    let mut waiting: VecDeque<String> = plain.collect();
    waiting.push_back(format!("/orders/{sample}"));
    let (mut seen, mut followed, mut pages) = (BTreeSet::new(), BTreeMap::<&str, usize>::new(), Vec::new());
    while let Some(path) = waiting.pop_front() {
        let Some(route) = route_of(routes, &path) else { continue };
        let tries = followed.entry(route).or_default();
        if seen.contains(route) || *tries == TRIES {
            continue;
        }
        *tries += 1;
        if let Opened::Page(text) = person.open(&path).await? {
            seen.insert(route);
            waiting.extend(links(&text));
            pages.push((route.to_owned(), path));
        }
    }
    Ok(pages)
}

/// The route that a path with its query belongs to; one without a key in it goes before the others.
fn route_of<'a>(routes: &[&'a str], path: &str) -> Option<&'a str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let fits = routes.iter().filter(|route| is_of(route, path));
    fits.min_by_key(|route| route.matches('{').count()).copied()
}

fn is_of(route: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

/// Where a page leads to on this server.
fn links(text: &str) -> impl Iterator<Item = String> {
    // Parts that a script asks for stand in data attributes, pictures in `src`.
    let attributes =
        ["href=\"", "src=\"", "data-href=\"", "data-branch=\"", "data-more=\"", "data-preview=\""];
    let targets = attributes
        .into_iter()
        .flat_map(|attribute| text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()));
    targets
        .filter(|target| target.starts_with('/'))
        .map(|target| target.replace("&#38;", "&").replace("&amp;", "&"))
}

const CALLS: &str = "SELECT coalesce(sum(calls), 0)::float8 FROM statement_statistics()";

async fn timed(
    session: &mut PgConnection,
    person: &Client,
    path: &str,
    plan: &HttpPlan,
) -> Result<Slowest, BenchError> {
    let before: f64 = sqlx::query_scalar(CALLS).fetch_one(&mut *session).await.during("calls")?;
    let mut samples = Samples::new();
    // Some hundred pages for each role: a third of the turns says enough of each.
    for _ in 0..(plan.data.turns / 3).max(2) {
        samples.record(person.opened_in(path).await?);
    }
    let after: f64 = sqlx::query_scalar(CALLS).fetch_one(&mut *session).await.during("calls")?;
    let count = samples.count();
    let mut rounds = Rounds::default();
    rounds.push(samples, Samples::new());
    Ok(Slowest { role: "", statements: per_page(after - before, count), rounds })
}

/// Calls of one page: what runs beside it now and then is less than one each.
#[expect(clippy::cast_precision_loss, reason = "far fewer pages than a float can count")]
fn per_page(calls: f64, pages: u64) -> f64 {
    (calls / pages.max(1) as f64).floor()
}

fn keep_slower(slowest: &mut BTreeMap<String, Slowest>, route: String, page: Slowest) {
    let p95 = |page: &Slowest| page.rounds.product_ms(0.95).unwrap_or_default();
    if slowest.get(&route).is_none_or(|known| p95(known) < p95(&page)) {
        slowest.insert(route, page);
    }
}

fn row(route: &str, page: &Slowest) -> Row {
    let role = page.role.to_lowercase().replace('_', " ");
    let statements =
        if page.statements > 0.0 { format!(", {} statements", page.statements) } else { String::new() };
    Row::timed(route, format!("{route} ({role}{statements})"), &page.rounds).limit_p95(LIMIT_MS)
}

/// Pages that nothing led to, for the reader of the report.
fn unopened(routes: &[&str], opened: &BTreeMap<String, Slowest>) -> Option<String> {
    let missing: Vec<&str> = routes.iter().filter(|route| !opened.contains_key(**route)).copied().collect();
    (!missing.is_empty())
        .then(|| format!("No page for any role, or nothing in this data leads there: {}", missing.join(", ")))
}

impl Client {
    /// Opens a page and says how long it took.
    async fn opened_in(&self, path: &str) -> Result<Duration, BenchError> {
        let begun = std::time::Instant::now();
        match self.open(path).await? {
            Opened::Page(_) => Ok(begun.elapsed()),
            Opened::Elsewhere(status) => Err(BenchError::Http {
                path: path.to_owned(),
                reason: format!("{status}, though it could be opened before"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{links, route_of};

    #[test]
    fn a_path_belongs_to_the_route_with_the_fewest_keys() {
        let routes = ["/orders", "/orders/{order_id}", "/orders/board", "/orders/{order_id}/sinks"];
        assert_eq!(route_of(&routes, "/orders?phase=X#top"), Some("/orders"));
        assert_eq!(route_of(&routes, "/orders/board"), Some("/orders/board"));
        assert_eq!(route_of(&routes, "/orders/7"), Some("/orders/{order_id}"));
        assert_eq!(route_of(&routes, "/orders/7/sinks"), Some("/orders/{order_id}/sinks"));
        assert_eq!(route_of(&routes, "/orders/"), None);
        assert_eq!(route_of(&routes, "/orders/7/sinks/2"), None);
    }

    #[test]
    fn links_stay_on_the_server() {
        let page = r##"<a href="/a?x=1&amp;y=2">A</a><a href="https://elsewhere/">B</a><a href="#c">C</a>"##;
        assert_eq!(links(page).collect::<Vec<_>>(), ["/a?x=1&y=2"]);
    }
}
