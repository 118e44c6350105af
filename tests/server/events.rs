//! The stream of events: nothing lost and nothing twice, whoever commits when and however often a reader comes again; and
//! nobody hears of what they may not see.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use torvan_server::app::Settings;
use torvan_server::credentials::token::ApiToken;
use torvan_server::events::Limits;
use torvan_testing::TestDatabase;
use torvan_tests::live::{Running, Watching};
use torvan_tests::site::Site;

async fn number(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(db.pool()).await.expect("a number")
}

async fn run(db: &TestDatabase, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(db.pool()).await.expect("done");
}

/// A database whose sample data has been passed on.
async fn fresh() -> TestDatabase {
    let db = TestDatabase::new().await;
    run(&db, "SELECT process_outbox(100000)").await;
    db
}

/// Events about the sample order, numbered by their payload only.
async fn emit(db: &TestDatabase, count: i64) {
    run(db, &format!("DO $$ BEGIN FOR n IN 1..{count} LOOP PERFORM emit_event('order.probe', 'orders', (SELECT min(order_id) FROM orders), '{{}}'); END LOOP; END $$")).await;
}

fn settings(limits: Limits) -> Settings {
    Settings { events: limits, ..Settings::default() }
}

fn quick() -> Limits {
    Limits { heartbeat: Duration::from_millis(300), ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_at_one_server_is_told_at_another() {
    let db = fresh().await;
    let (one, other) = (Site::new(&db).await, Site::new(&db).await);
    let (running, there) = (Running::begin(&one).await, Running::begin(&other).await);
    let client = one.person("sample.sales").await;
    let order = number(&db, "SELECT min(order_id) FROM orders").await;
    let filter = format!("?types=order.*&subject_type=orders&subject_id={order}");
    let mut watching = Watching::begin(&client, there.address, &filter, None).await;
    assert_eq!(watching.status, 200);
    let head = watching.head.join("\n");
    assert!(
        head.contains("content-type: text/event-stream") && head.contains("x-accel-buffering: no"),
        "{head}"
    );
    assert!(!head.contains("content-encoding"), "{head}");
    let first = watching.next().await.expect("a greeting");
    assert_eq!((first.name.as_str(), first.data["position"].as_i64()), ("begin", first.id));
    assert!(first.id.is_some());

    run(&db, "SELECT emit_event('build.probe', 'builds', 1, '{}')").await;
    emit(&db, 1).await;
    let told = watching.next_event().await;
    assert_eq!(told.data["type"], "order.probe");
    assert_eq!((&told.data["subject_type"], &told.data["subject_id"]), (&json!("orders"), &json!(order)));
    assert_eq!(
        told.data.as_object().expect("an event").len(),
        5,
        "nothing of what the event says: {}",
        told.data
    );
    assert_eq!(told.data["position"].as_i64(), told.id);
    drop(watching);
    there.end().await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_comes_twice_however_often_the_reader_comes_again() {
    let db = fresh().await;
    let (one, other) = (Site::new(&db).await, Site::new(&db).await);
    let servers = [Running::begin(&one).await, Running::begin(&other).await];
    let client = one.person("sample.sales").await;
    let mut watching = Watching::begin(&client, servers[0].address, "?types=order.probe", None).await;
    let mut last = watching.next().await.expect("a greeting").id;
    let pool = db.pool().clone();
    let writing = tokio::spawn(async move {
        // Transactions of different lengths, side by side.
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..4_u64 {
            let pool = pool.clone();
            writers.spawn(async move {
                for round in 0..25_u64 {
                    let mut transaction = pool.begin().await.expect("a transaction");
                    sqlx::raw_sql("DO $$ BEGIN FOR n IN 1..10 LOOP PERFORM emit_event('order.probe', 'orders', (SELECT min(order_id) FROM orders), '{}'); END LOOP; END $$").execute(&mut *transaction).await.expect("emitted");
                    tokio::time::sleep(Duration::from_millis((writer * 7 + round * 13) % 60)).await;
                    transaction.commit().await.expect("committed");
                }
            });
        }
        writers.join_all().await;
    });
    let mut seen = Vec::new();
    let mut server = 0;
    while seen.len() < 1_000 {
        let told = watching.next_event().await;
        seen.push(told.id.expect("a place"));
        last = told.id;
        // At places without a pattern, at one server or the other.
        if told.id.is_some_and(|id| id.wrapping_mul(2_654_435_761) % 37 == 0) {
            server = 1 - server;
            watching = Watching::begin(&client, servers[server].address, "?types=order.probe", last).await;
            assert_eq!(watching.next().await.expect("a greeting").name, "begin");
        }
    }
    writing.await.expect("written");
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "in order, each once");
    let all: Vec<i64> = sqlx::query_scalar(
        "SELECT stream_position FROM outbox_events WHERE event_type = 'order.probe' ORDER BY 1",
    )
    .fetch_all(db.pool())
    .await
    .expect("places");
    assert_eq!(seen, all);
    assert!(last.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_late_is_not_missed_by_who_has_read_on() {
    let db = fresh().await;
    let site = Site::new(&db).await;
    let running = Running::begin(&site).await;
    let client = site.person("sample.sales").await;
    let mut watching = Watching::begin(&client, running.address, "?types=order.*", None).await;
    let _ = watching.next().await;
    let mut slow = PgConnection::connect_with(&db.options()).await.expect("a connection");
    let mut early = slow.begin().await.expect("a transaction");
    sqlx::query("SELECT emit_event('order.early', 'orders', (SELECT min(order_id) FROM orders), '{}')")
        .execute(&mut *early)
        .await
        .expect("emitted");
    run(&db, "SELECT emit_event('order.late', 'orders', (SELECT min(order_id) FROM orders), '{}')").await;
    let told = watching.next_event().await;
    assert_eq!(told.data["type"], "order.late");
    // The reader leaves with the place of the second; the first becomes visible only now.
    drop(watching);
    early.commit().await.expect("committed");
    let mut again = Watching::begin(&client, running.address, "?types=order.*", told.id).await;
    assert_eq!(again.next_event().await.data["type"], "order.early");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_too_long_is_told_to_read_anew() {
    let db = fresh().await;
    let site = Site::with(&db, settings(Limits { kept: 5, ..quick() })).await;
    let running = Running::begin(&site).await;
    let client = site.person("sample.sales").await;
    let mut watching = Watching::begin(&client, running.address, "?types=order.probe", None).await;
    let begun = watching.next().await.expect("a greeting").id.expect("a place");
    emit(&db, 12).await;
    while number(
        &db,
        "SELECT count(*) FROM outbox_events WHERE event_type = 'order.probe' AND processed_at IS NULL",
    )
    .await
        > 0
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let newest = number(&db, "SELECT max(stream_position) FROM outbox_events").await;
    let mut known = Watching::begin(&client, running.address, &format!("?after={}", newest - 3), None).await;
    assert_eq!(known.next().await.expect("a greeting").name, "begin");
    assert_eq!(known.next_event().await.id, Some(newest - 2));
    for place in [begun, newest + 1_000] {
        let mut late = Watching::begin(&client, running.address, &format!("?after={place}"), None).await;
        let told = late.next().await.expect("a greeting");
        assert_eq!(told.name, "reset", "{place}");
        assert!(told.id >= Some(begun));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_only_of_what_they_may_see() {
    let db = fresh().await;
    let site = Site::new(&db).await;
    let running = Running::begin(&site).await;
    let (sales, technician) = (site.person("sample.sales").await, site.person("sample.technician").await);
    let token = ApiToken::generate().expect("randomness");
    run(&db, &format!("INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'parts', '{}', '{{catalogue:read}}', user_id, now() + interval '1 day' FROM users WHERE login = 'sample.quality'", token.hash())).await;
    let program = site.stranger().with_token(token.expose());
    let mut streams = Vec::new();
    for client in [&sales, &technician, &program] {
        let mut watching = Watching::begin(client, running.address, "", None).await;
        assert_eq!(watching.status, 200);
        let _ = watching.next().await;
        streams.push(watching);
    }
    // An order in DRAFT is no business of the shop; the sample sink in production is; an account is its own person's.
    run(&db, "BEGIN; SELECT begin_as('sample.sales', 'test'); SELECT create_order('STELMO', 'PO-LIVE', 'sample.sales', current_date + 30, 'EN', '{LIVE-1}'); COMMIT;
        SELECT emit_event('user.probe', 'users', (SELECT user_id FROM users WHERE login = 'sample.technician'), '{}');
        SELECT emit_event('user.probe', 'users', (SELECT user_id FROM users WHERE login = 'sample.sales'), '{}');
        SELECT emit_event('part.probe', 'parts', (SELECT min(part_id) FROM parts), '{}');
        SELECT emit_event('order.gone', 'orders', 999999999, '{}');
        SELECT emit_event('build.last', 'builds', (SELECT min(build_id) FROM builds), '{}');
        SELECT emit_event('part.last', 'parts', (SELECT min(part_id) FROM parts), '{}')").await;
    let person = |login: &str| format!("SELECT user_id FROM users WHERE login = '{login}'");
    let (me, them) =
        (number(&db, &person("sample.sales")).await, number(&db, &person("sample.technician")).await);
    let mut heard = Vec::new();
    for watching in &mut streams {
        let mut own = Vec::new();
        loop {
            let told = watching.next_event().await;
            let kind = told.data["type"].as_str().unwrap_or_default().to_owned();
            if kind == "part.last" {
                break;
            }
            own.push(if kind == "user.probe" { format!("{kind} {}", told.data["subject_id"]) } else { kind });
        }
        heard.push(own);
    }
    assert_eq!(
        heard[0],
        ["order.created".to_owned(), format!("user.probe {me}"), "part.probe".into(), "build.last".into()]
    );
    assert_eq!(heard[1], [format!("user.probe {them}"), "part.probe".into(), "build.last".into()]);
    assert_eq!(heard[2], ["part.probe"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_the_sign_in_and_does_not_keep_it_alive() {
    let db = fresh().await;
    let site = Site::with(&db, settings(quick())).await;
    let running = Running::begin(&site).await;
    for (login, ending) in [
        (
            "sample.sales",
            "UPDATE user_sessions SET ended_at = now(), end_reason = 'SIGNED_OUT' WHERE ended_at IS NULL",
        ),
        (
            "sample.quality",
            "UPDATE users SET account_state = 'LOCKED', state_reason = 'test' WHERE login = 'sample.quality'",
        ),
        (
            "sample.service",
            "UPDATE user_sessions SET last_seen_at = now() - interval '1 day' WHERE ended_at IS NULL",
        ),
        (
            "sample.production",
            "UPDATE users SET must_change_password = true WHERE login = 'sample.production'",
        ),
    ] {
        let client = site.person(login).await;
        let mut watching = Watching::begin(&client, running.address, "", None).await;
        let begun = watching.next().await.expect("a greeting");
        // Long enough ago to be written anew by whoever counts as present.
        run(
            &db,
            "UPDATE user_sessions SET last_seen_at = now() - interval '1 minute' WHERE ended_at IS NULL",
        )
        .await;
        let alive = watching.next().await.expect("a sign of life");
        assert_eq!((alive.comment.as_str(), alive.id), ("alive", begun.id), "{login}");
        let _ = watching.next().await;
        let seen = number(&db, "SELECT count(*) FROM user_sessions WHERE ended_at IS NULL AND last_seen_at > now() - interval '30 seconds'").await;
        assert_eq!(seen, 0, "to watch is not to be there");
        run(&db, ending).await;
        let comments = watching.rest().await;
        assert_eq!(comments.last().map(String::as_str), Some("the sign-in is over"), "{login}: {comments:?}");
        let again = Watching::begin(&client, running.address, "", begun.id).await;
        assert!([401, 403].contains(&again.status), "{login}: {}", again.status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_so_many_streams_and_gets_them_back() {
    let db = fresh().await;
    let site = Site::with(&db, settings(Limits { of_a_person: 2, in_all: 3, ..quick() })).await;
    let running = Running::begin(&site).await;
    let (sales, quality) = (site.person("sample.sales").await, site.person("sample.quality").await);
    let first = Watching::begin(&sales, running.address, "", None).await;
    let _second = Watching::begin(&sales, running.address, "", None).await;
    let mut third = Watching::begin(&sales, running.address, "", None).await;
    assert_eq!(third.status, 429);
    assert!(third.head.iter().any(|line| line.starts_with("retry-after")), "{:?}", third.head);
    let _ = third.rest().await;
    let _other = Watching::begin(&quality, running.address, "", None).await;
    assert_eq!(Watching::begin(&quality, running.address, "", None).await.status, 503);
    drop(first);
    while Watching::begin(&sales, running.address, "", None).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for bad in ["?types=x", "?after=x", "?subject_id=1", "?colour=red", "?subject_type=O", "?after=-1"] {
        assert_eq!(Watching::begin(&sales, running.address, bad, None).await.status, 422, "{bad}");
    }
    assert_eq!(Watching::begin(&site.stranger(), running.address, "", None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_says_so_and_does_not_wait() {
    let db = fresh().await;
    let site = Site::new(&db).await;
    let running = Running::begin(&site).await;
    let client = site.person("sample.sales").await;
    let mut watching = Watching::begin(&client, running.address, "", None).await;
    let _ = watching.next().await;
    let (comments, ()) = tokio::join!(watching.rest(), running.end());
    assert_eq!(comments, ["this server ends; connect again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_is_made_again() {
    let db = fresh().await;
    let site = Site::new(&db).await;
    let running = Running::begin(&site).await;
    let client = site.person("sample.sales").await;
    let mut watching = Watching::begin(&client, running.address, "?types=order.probe", None).await;
    let _ = watching.next().await;
    let mut superuser = PgConnection::connect_with(&db.superuser_options()).await.expect("a connection");
    let mut listeners = BTreeSet::new();
    for _ in 0..2 {
        let cut: Option<i32> = loop {
            let found: Option<i32> = sqlx::query_scalar("SELECT min(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
                .fetch_one(&mut superuser).await.expect("a look");
            if found.is_some_and(|pid| !listeners.contains(&pid)) {
                break found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        listeners.extend(cut);
        // All of them: that which listens, and those of the pool.
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = 'torvan_app'")
            .execute(&mut superuser).await.expect("cut");
        emit(&db, 3).await;
        for _ in 0..3 {
            assert_eq!(watching.next_event().await.data["type"], "order.probe");
        }
    }
    assert_eq!(listeners.len(), 2);
}
