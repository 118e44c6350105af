//! Dashboards, reports and administration: each role has its own, the file has the numbers of the page, what is refused stands
//! beside its field.

use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::{form, hidden, page, text};

async fn opened(client: &mut Client, path: &str) -> String {
    text(&page(client, path).await.expect(200))
}

/// Lines of a file, without its head.
fn lines(file: &str) -> Vec<Vec<String>> {
    file.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn each_role_has_its_own_dashboard_and_its_numbers_as_a_file() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut seen = Vec::new();
    for (login, title, part) in [
        ("sample.admin", "Administration", "Health of the system"),
        ("sample.sales", "Sales", "To finish before approval"),
        ("sample.production", "Production", "Capacity by resource"),
        ("sample.quality", "Quality", "Waiting for inspection"),
        ("sample.technician", "My work", "What I can do now"),
        ("sample.service", "Customer service", "Open orders for service parts"),
    ] {
        let mut client = site.person(login).await;
        let shown = opened(&mut client, "/").await;
        assert!(shown.contains(&format!("<h1>{title}</h1>")) && shown.contains(part), "{login}: {shown}");
        let reply = page(&mut client, "/dashboard.csv").await.expect(200);
        assert!(reply.header("content-type").starts_with("text/csv"), "{}", reply.header("content-type"));
        let file = text(&reply);
        assert!(file.starts_with("figure,of,value\r\n"), "{file}");
        seen.push(file);
    }
    assert!(seen[2].contains("open_orders,PRODUCTION,1\r\n"), "{}", seen[2]);
    let weeks = lines(&seen[1]).into_iter().filter(|line| line[0] == "orders_entered").count();
    assert_eq!(weeks, 12, "{}", seen[1]);
    // Another period, on the page, in its links and in the file; one that is not offered is the usual one.
    let mut production = site.person("sample.production").await;
    let shown = opened(&mut production, "/?weeks=26").await;
    assert!(shown.contains("href=\"/?role=PRODUCTION_MANAGER&#38;weeks=26\" aria-current"), "{shown}");
    assert!(shown.contains("/dashboard.csv?role=PRODUCTION_MANAGER&#38;weeks=26"), "{shown}");
    let mut sales = site.person("sample.sales").await;
    for (asked, weeks) in [("26", 26), ("4", 4), ("13", 12), ("-1", 12), ("x", 12)] {
        let reply = page(&mut sales, &format!("/dashboard.csv?weeks={asked}")).await;
        let found =
            lines(&text(&reply.expect(200))).into_iter().filter(|line| line[0] == "orders_entered").count();
        assert_eq!(found, weeks, "{asked}");
    }
    let different: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!(different.len(), 6, "no two are alike");
    // Whoever asks for the board of another role is given their own.
    let mut technician = site.person("sample.technician").await;
    let asked = page(&mut technician, "/dashboard.csv?role=PRODUCTION_MANAGER").await.expect(200);
    assert_eq!(text(&asked), seen[4]);
}

#[tokio::test]
async fn a_report_says_the_same_in_its_plot_its_table_and_its_file() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let asked = "/reports/throughput?step=DAY&from=2026-01-05&to=2026-01-14";
    let file = text(&page(&mut client, &format!("{asked}&format=csv")).await.expect(200));
    let rows = lines(&file);
    assert_eq!(rows.len(), 10, "{file}");
    assert_eq!(rows[0][0], "2026-01-05");
    let all = text(&page(&mut client, "/reports/throughput?format=csv").await.expect(200));
    let entered: i64 = lines(&all).iter().map(|row| row[1].parse::<i64>().expect("a number")).sum();
    assert_eq!(entered, 1, "the sample order was entered: {all}");
    let shown = opened(&mut client, "/reports/throughput").await;
    for (place, row) in lines(&all).iter().enumerate() {
        let table = shown.split("<tbody>").nth(1).expect("a table");
        let cells: Vec<&str> = table
            .split("<tr>")
            .nth(place + 1)
            .expect("a row")
            .split("<td class=\"num\">")
            .skip(1)
            .map(|cell| cell.split('<').next().unwrap_or_default())
            .collect();
        assert_eq!(cells, row[1..].iter().map(String::as_str).collect::<Vec<_>>());
    }
    let plot = shown.split("id=\"plot-orders-entered-title\"").nth(1).expect("a plot");
    let plot = plot.split("</svg>").next().unwrap_or_default();
    let plotted: Vec<&str> = plot
        .split("<g><title>")
        .skip(1)
        .filter_map(|mark| mark.split("</title>").next()?.rsplit(": ").next())
        .collect();
    assert_eq!(plotted, lines(&all).iter().map(|row| row[1].clone()).collect::<Vec<_>>());
    for path in [
        "/reports/time-in-phase",
        "/reports/on-time-delivery",
        "/reports/first-pass-yield?gate_code=FINAL",
        "/reports/backlog-age?phase=PRODUCTION",
    ] {
        let _ = page(&mut client, path).await.expect(200);
    }
}

#[tokio::test]
async fn a_report_that_is_asked_for_what_cannot_be_says_so_beside_its_field() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    for (path, field) in [
        ("/reports/throughput?from=2026-02-01&to=2026-01-01", "to-error"),
        ("/reports/throughput?from=soon", "from-error"),
        ("/reports/throughput?step=FORTNIGHT", "step-error"),
        ("/reports/on-time-delivery?customer_code=NOBODY", "customer_code-error"),
    ] {
        let reply = page(&mut client, path).await.expect(422);
        assert!(text(&reply).contains(&format!("id=\"{field}\"")), "{path}: {}", text(&reply));
        let file = page(&mut client, &format!("{path}&format=csv")).await;
        assert_eq!(file.status.as_u16(), 422, "{path}");
    }
    let mut technician = site.person("sample.technician").await;
    let refused = page(&mut technician, "/reports/throughput").await;
    assert_eq!(refused.status.as_u16(), 403);
}

/// Sends the form of the settings.
async fn saved(client: &mut Client, name: &str, zone: &str, before: &str) -> Reply {
    let fields = [
        ("before", before),
        ("legal_name", name),
        ("time_zone", zone),
        ("currency", "CAD"),
        ("paper", "A4"),
        ("opens", "07:30"),
        ("closes", "16:00"),
        ("day_1", "true"),
        ("day_2", "true"),
        ("language_en", "true"),
        ("one_running_task", "true"),
    ];
    form(client, "/site-settings", &fields).await
}

#[tokio::test]
async fn settings_are_changed_together_and_never_over_what_another_one_changed() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let asked = page(&mut client, "/site-settings").await.expect(200);
    let before = hidden(&asked, "before").replace("&#34;", "\"").replace("&quot;", "\"");
    let wrong = saved(&mut client, "Story Sinks", "Mars", &before).await;
    assert_eq!(wrong.status.as_u16(), 422);
    let said = text(&wrong);
    assert!(said.contains("Choose a time zone of the list") && !said.contains("pg_timezone_names"), "{said}");
    assert!(said.contains("id=\"time_zone-error\"") && said.contains("value=\"Story Sinks\""), "{said}");
    let none =
        [("before", before.as_str()), ("legal_name", "Story Sinks"), ("opens", "17:00"), ("closes", "08:00")];
    let refused = text(&form(&mut client, "/site-settings", &none).await.expect(422));
    assert!(!refused.contains("cannot be") && !refused.contains("&#34;from&#34;: &#34;08"), "{refused}");
    let done = saved(&mut client, "Story Sinks", "America/Toronto", &before).await.expect(303);
    assert_eq!(done.header("location"), "/site-settings?done=saved");
    let hours: String =
        sqlx::query_scalar("SELECT value::text FROM site_settings WHERE setting_code = 'working_hours'")
            .fetch_one(db.pool())
            .await
            .expect("hours");
    assert!(hours.contains("07:30") && hours.contains("[1, 2]"), "{hours}");
    // What was refused comes back with what had been seen: what another one changed since is not undone by sending it again.
    let asked = page(&mut client, "/site-settings").await.expect(200);
    let seen = hidden(&asked, "before").replace("&#34;", "\"").replace("&quot;", "\"");
    sqlx::query("UPDATE site_settings SET value = '\"America/Halifax\"' WHERE setting_code = 'time_zone'")
        .execute(db.pool())
        .await
        .expect("another one");
    let refused = saved(&mut client, "", "America/Toronto", &seen).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(text(&refused).contains("id=\"legal_name-error\""), "{}", text(&refused));
    let came_back = hidden(&refused, "before").replace("&#34;", "\"").replace("&quot;", "\"");
    assert_eq!(came_back, seen);
    let told = saved(&mut client, "Story Sinks", "America/Vancouver", &came_back).await;
    assert_eq!(told.status.as_u16(), 412, "{}", text(&told));
    assert!(text(&told).contains("Somebody else changed this meanwhile"), "{}", text(&told));
    sqlx::query("UPDATE site_settings SET value = '\"America/Toronto\"' WHERE setting_code = 'time_zone'")
        .execute(db.pool())
        .await
        .expect("back");
    // The same form again, as somebody else had it open.
    let stale = saved(&mut client, "Other Sinks", "America/Toronto", &before).await;
    assert_eq!(stale.status.as_u16(), 412, "{}", text(&stale));
    let shown = opened(&mut client, "/site-settings").await;
    assert!(shown.contains("value=\"Story Sinks\""), "{shown}");
    let mut reader = site.person("sample.service").await;
    let shown = opened(&mut reader, "/site-settings").await;
    assert!(shown.contains("Story Sinks") && !shown.contains("button primary"), "{shown}");
    assert_eq!(saved(&mut reader, "X", "UTC", &before).await.status.as_u16(), 403);
}

#[tokio::test]
async fn permissions_are_seen_by_all_and_changed_by_an_administrator() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut reader = site.person("sample.quality").await;
    let shown = opened(&mut reader, "/permissions?q=approve&role=PRODUCTION_MANAGER").await;
    assert!(shown.contains("order:approve") && !shown.contains("order:create"), "{shown}");
    assert!(!shown.contains("/give?permission="), "{shown}");
    let mut client = site.person("sample.admin").await;
    let shown = opened(&mut client, "/permissions").await;
    let way = "/roles/CUSTOMER_SERVICE/give?permission=order%3Acreate";
    assert!(shown.contains(way), "{shown}");
    let asked = page(&mut client, way).await.expect(200);
    assert!(text(&asked).contains("value=\"order:create\""), "{}", text(&asked));
    let fields = [
        ("once", hidden(&asked, "once")),
        ("permission", "order:create".to_owned()),
        ("reason", "they take orders by telephone".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = form(&mut client, "/roles/CUSTOMER_SERVICE/give", &fields).await.expect(303);
    let shown = opened(&mut client, "/permissions").await;
    assert!(shown.contains("/roles/CUSTOMER_SERVICE/take?permission=order%3Acreate"), "{shown}");
}

#[tokio::test]
async fn shortages_are_of_all_builds_or_of_one_that_there_is() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let file = text(&page(&mut client, "/shortages?format=csv").await.expect(200));
    assert!(file.starts_with("item_code,item_name,quantity_short,"), "{file}");
    let all = lines(&file).len();
    let shown = opened(&mut client, "/shortages").await;
    assert_eq!(shown.matches("data-preview=").count(), all.min(50), "{shown}");
    assert!(
        shown.contains("name=\"build\"") && shown.contains("/lookup/builds"),
        "a build can be named: {shown}"
    );
    let _ = page(&mut client, "/shortages?build=sample-001").await.expect(200);
    let none = page(&mut client, "/shortages?build=NOWHERE").await.expect(422);
    assert!(text(&none).contains("id=\"build-error\""), "{}", text(&none));
}

#[tokio::test]
async fn the_system_tells_how_it_does() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let shown = opened(&mut client, "/system/health").await;
    for said in ["Largest tables", "audit_log", "Metrics", "Checks"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let mut other = site.person("sample.sales").await;
    assert_eq!(page(&mut other, "/system/health").await.status.as_u16(), 403);
}
