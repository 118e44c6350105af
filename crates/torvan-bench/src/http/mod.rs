//! The server over HTTP: sign-in, reads, search, preview, generation and steps, alone and by many people at once.

mod acts;
mod client;
mod crowd;
mod pages;

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use self::client::{Asked, Client};
use crate::db::{connect, fill};
use crate::error::During as _;
use crate::machine::Machine;
use crate::report::{Check, Report, Row, Unit};
use crate::statistics::{Rounds, Samples};
use crate::{BenchError, DbPlan};

pub use pages::measure_pages;

const METHOD: &str = "Times are seen by the client on the same machine, to the last byte of the answer; medians over the rounds. Floor: the route that only \
    says that the server lives, or the bare statement named in the row, in turn with the product. Crowds: from the intended start, at fixed moments.";

/// How much is measured.
#[derive(Debug, Clone)]
pub struct HttpPlan {
    /// Orders, customers, people and parts in the database.
    pub data: DbPlan,
    /// People who are signed in.
    pub people: usize,
    /// People of the great crowd.
    pub many: usize,
    /// How long a crowd works.
    pub lasting: Duration,
}

impl HttpPlan {
    /// What is published: a million orders, 50 and 500 people.
    #[must_use]
    pub fn full() -> Self {
        Self { data: DbPlan::full(), people: 50, many: 500, lasting: Duration::from_secs(30) }
    }

    /// A first look.
    #[must_use]
    pub fn quick() -> Self {
        Self { data: DbPlan::quick(), people: 50, many: 500, lasting: Duration::from_secs(5) }
    }

    /// As little as shows that everything runs; its figures say nothing.
    #[must_use]
    pub fn tiny() -> Self {
        Self { data: DbPlan::tiny(), people: 3, many: 5, lasting: Duration::from_millis(300) }
    }
}

/// The server that is measured.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it is.
    pub url: String,
    /// Its process, whose memory is looked at.
    pub process: Option<u32>,
    /// Password of the benchmark's people, and its hash as the server makes it.
    pub password: String,
    /// The hash in PHC form.
    pub password_hash: String,
    /// Time of one bare hash.
    pub hash_time: Duration,
}

/// Fills a deployed database and measures a server that works on it.
///
/// # Errors
/// A request is answered otherwise than it should be, or the database fails.
pub async fn measure_http(
    owner: &PgConnectOptions,
    server: &Server,
    plan: &HttpPlan,
    mut on_step: impl FnMut(&str),
) -> Result<Report, BenchError> {
    let (mut session, machine) = prepare(owner, plan, &mut on_step).await?;
    let drafts = make_people(&mut session, server, plan).await?;
    let data = format!("{} orders of test data, {} people", plan.data.orders, plan.people);
    let mut report = Report::new("torvan bench http", machine, data, METHOD);

    let http = http_client()?;
    on_step("sign-in");
    let (people, row) = sign_in(&http, server, plan).await?;
    report.rows.push(row);
    let person =
        people.first().ok_or_else(|| BenchError::Missing { what: "nobody is signed in".to_owned() })?;
    report.rows.extend(singles(&mut session, person, plan, &drafts, &mut on_step).await?);
    on_step("many people at once");
    report.rows.extend(crowd::rows(&people, plan, &drafts).await?);
    if let Some(row) = server.process.and_then(memory) {
        report.rows.push(row);
    }
    Ok(report)
}

/// Orders at scale, on the machine that is named in the report.
async fn prepare(
    owner: &PgConnectOptions,
    plan: &HttpPlan,
    on_step: &mut impl FnMut(&str),
) -> Result<(PgConnection, Machine), BenchError> {
    let mut session = connect(owner).await?;
    let machine = Machine::look(&mut session).await?;
    on_step("making orders");
    fill(&mut session, &plan.data).await?;
    on_step("making people");
    Ok((session, machine))
}

fn http_client() -> Result<reqwest::Client, BenchError> {
    // The server asks providers of identities with TLS; in the same binary the client has to be told which.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().pool_max_idle_per_host(usize::MAX);
    let http = builder.redirect(reqwest::redirect::Policy::none()).build();
    http.map_err(|error| BenchError::Http { path: String::new(), reason: error.to_string() })
}

async fn with_passwords(session: &mut PgConnection, server: &Server) -> Result<(), BenchError> {
    let passwords = sqlx::query(include_str!("../../sql/http/passwords.sql")).bind(&server.password_hash);
    passwords.execute(&mut *session).await.during("making people")?;
    Ok(())
}

/// Nobody here has a telephone.
async fn one_factor(session: &mut PgConnection) -> Result<(), BenchError> {
    let single = "UPDATE security_settings SET switch_value = false WHERE setting_code = 'mfa_required'";
    sqlx::query(single).execute(&mut *session).await.during("making people")?;
    Ok(())
}

/// Orders that are still forms.
struct Drafts {
    orders: Vec<i64>,
    sample: i64,
    parameters: Value,
}

async fn make_people(
    session: &mut PgConnection,
    server: &Server,
    plan: &HttpPlan,
) -> Result<Drafts, BenchError> {
    let step = "making people";
    let count = i32::try_from(plan.people).unwrap_or(i32::MAX);
    let mut transaction = session.begin().await.during(step)?;
    let begin = "SELECT begin_as('sample.admin', 'benchmark')";
    sqlx::query(begin).execute(&mut *transaction).await.during(step)?;
    sqlx::query(include_str!("../../sql/http/people.sql"))
        .bind(count)
        .execute(&mut *transaction)
        .await
        .during(step)?;
    transaction.commit().await.during(step)?;
    with_passwords(session, server).await?;
    one_factor(session).await?;

    let turns = i32::try_from(plan.data.turns * (plan.data.rounds + 1)).unwrap_or(i32::MAX);
    let mut transaction = session.begin().await.during(step)?;
    sqlx::query("SELECT begin_as('sample.sales', 'benchmark')")
        .execute(&mut *transaction)
        .await
        .during(step)?;
    let orders = sqlx::query_scalar(include_str!("../../sql/http/drafts.sql"))
        .bind(turns)
        .fetch_all(&mut *transaction)
        .await
        .during(step)?;
    transaction.commit().await.during(step)?;
    let (sample, parameters) = sqlx::query_as::<_, (i64, Value)>(
        "SELECT b.order_id, c.parameters FROM builds b JOIN configurations c USING (build_id) WHERE b.build_number = 'SAMPLE-001' ORDER BY c.version DESC LIMIT 1",
    )
    .fetch_one(&mut *session)
    .await
    .during(step)?;
    Ok(Drafts { orders, sample, parameters })
}

/// Twenty a second, from the intended start; each person once, then again.
async fn sign_in(
    http: &reqwest::Client,
    server: &Server,
    plan: &HttpPlan,
) -> Result<(Vec<Client>, Row), BenchError> {
    let mut running = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for number in 1..=plan.people {
        let mut client = Client::stranger(http, &server.url);
        let password = server.password.clone();
        let intended = begun + Duration::from_millis(50) * u32::try_from(number).unwrap_or(u32::MAX);
        running.spawn(async move {
            tokio::time::sleep_until(intended.into()).await;
            client.sign_in(&format!("bench.{number}"), &password).await?;
            Ok::<_, BenchError>((client, intended.elapsed()))
        });
    }
    let (mut people, mut samples) = (Vec::new(), Samples::new());
    while let Some(ended) = running.join_next().await {
        let (client, took) = ended??;
        people.push(client);
        samples.record(took);
    }
    let mut rounds = Rounds::default();
    rounds.push(samples, Samples::new());
    let hash = crate::statistics::milliseconds(server.hash_time);
    let row = Row::timed(
        "sign-in",
        format!("sign-in, 20 a second, {} people; floor: one bare hash", plan.people),
        &rounds,
    );
    let ratio = rounds.product_ms(0.5).unwrap_or_default() / hash;
    Ok((people, row.limit_p95(200.0).with_floor(hash, ratio).limit_ratio(3.0)))
}

/// Product and floor of one kind of request.
struct Single {
    key: &'static str,
    what: &'static str,
    limit: f64,
    floor: Floor,
}

/// What a request is beside.
enum Floor {
    /// The route that only says that the server lives.
    Hello,
    /// A statement with the order's key bound to it.
    Statement(&'static str),
}

const LATEST: &str =
    "SELECT o.* FROM orders o WHERE $1::bigint > 0 ORDER BY o.created_at DESC, o.order_id DESC LIMIT 50";
const ONE: &str = "SELECT o.* FROM orders o WHERE o.order_id = $1";

async fn singles(
    session: &mut PgConnection,
    person: &Client,
    plan: &HttpPlan,
    drafts: &Drafts,
    on_step: &mut impl FnMut(&str),
) -> Result<Vec<Row>, BenchError> {
    let order = drafts.sample;
    let preview = Asked::post(
        "/configurations/preview",
        serde_json::json!({"parameters": drafts.parameters}),
        StatusCode::OK,
    );
    let cases = [
        (
            Single { key: "session", what: "who is signed in", limit: 5.0, floor: Floor::Hello },
            Asked::get("/session"),
        ),
        (
            Single {
                key: "orders",
                what: "the latest 50 orders",
                limit: 40.0,
                floor: Floor::Statement(LATEST),
            },
            Asked::get("/orders?limit=50"),
        ),
        (
            Single { key: "order", what: "one order", limit: 40.0, floor: Floor::Statement(ONE) },
            Asked::get(format!("/orders/{order}")),
        ),
        (
            Single { key: "builds", what: "the builds of an order", limit: 40.0, floor: Floor::Hello },
            Asked::get(format!("/orders/{order}/builds")),
        ),
        (
            Single { key: "board", what: "the board of open orders", limit: 40.0, floor: Floor::Hello },
            Asked::get("/orders/board"),
        ),
        (
            Single { key: "search", what: "search: a word", limit: 50.0, floor: Floor::Hello },
            Asked::get("/orders?words=sterile&limit=50"),
        ),
        (
            Single {
                key: "next",
                what: "next actions of an order, with what blocks them",
                limit: 40.0,
                floor: Floor::Hello,
            },
            Asked::get(format!("/orders/{order}/next-actions")),
        ),
        (
            Single {
                key: "preview",
                what: "preview of a sink: checks, lines, reasons, totals",
                limit: 15.0,
                floor: Floor::Hello,
            },
            preview,
        ),
    ];
    let mut rows = vec![hello(person, plan).await?];
    for (single, asked) in &cases {
        on_step(single.what);
        rows.push(measured(session, person, plan, single, asked, order).await?);
    }
    on_step("steps");
    rows.push(acts::steps(person, plan, drafts).await?);
    on_step("configurations and bills of material");
    rows.extend(acts::built(session, person, plan, drafts).await?);
    Ok(rows)
}

async fn hello(person: &Client, plan: &HttpPlan) -> Result<Row, BenchError> {
    let mut rounds = Rounds::default();
    for _ in 0..plan.data.rounds {
        let mut samples = Samples::new();
        for _ in 0..plan.data.turns {
            samples.record(person.timed(&Asked::get("/healthz")).await?);
        }
        rounds.push(samples, Samples::new());
    }
    Ok(Row::timed("hello", "the server lives: the floor of a request".to_owned(), &rounds))
}

async fn measured(
    session: &mut PgConnection,
    person: &Client,
    plan: &HttpPlan,
    single: &Single,
    asked: &Asked,
    order: i64,
) -> Result<Row, BenchError> {
    let mut rounds = Rounds::default();
    for round in 0..=plan.data.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..if round == 0 { 6 } else { plan.data.turns } {
            product.record(person.timed(asked).await?);
            floor.record(match single.floor {
                Floor::Hello => person.timed(&Asked::get("/healthz")).await?,
                Floor::Statement(statement) => {
                    let begun = Instant::now();
                    sqlx::query(statement)
                        .bind(order)
                        .fetch_all(&mut *session)
                        .await
                        .during("a bare statement")?;
                    begun.elapsed()
                }
            });
        }
        if round > 0 {
            rounds.push(product, floor);
        }
    }
    Ok(Row::timed(single.key, format!("GET {}", single.what), &rounds).limit_p95(single.limit))
}

/// Memory of a process as the kernel counts it.
fn memory(process: u32) -> Option<Row> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let megabytes = kilobytes / 1024.0;
    let row = Row::single("memory", "memory of the server after all of it", Unit::Megabytes, megabytes);
    Some(row.check(Check::at_most("", megabytes, 200.0, " MB")))
}
