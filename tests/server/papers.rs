//! Papers, read back: a bill of materials as PDF says what the database says, to those who may have it, in both languages and on
//! both sheets.

use sqlx::{AssertSqlSafe, PgPool};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::page;

/// The text of each page, without the white space that the setting puts in.
fn pages(reply: &Reply) -> Vec<String> {
    let document = lopdf::Document::load_mem(&reply.bytes).expect("a PDF");
    let text = |page: &u32| document.extract_text(&[*page]).expect("text");
    document.get_pages().keys().map(|page| bare(&text(page))).collect()
}

/// A unit as papers in English have it.
const SHORT_UNIT: &str = "CASE unit_code WHEN 'foot' THEN 'ft' WHEN 'inch' THEN 'in' WHEN 'metre' THEN 'm' WHEN 'millimetre' THEN 'mm'
    WHEN 'kilogram' THEN 'kg' WHEN 'gram' THEN 'g' WHEN 'litre' THEN 'l' WHEN 'millilitre' THEN 'ml' ELSE unit_code END";

fn bare(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_whitespace()).collect()
}

/// Width and height of the first page.
fn sheet(reply: &Reply) -> (f32, f32) {
    let document = lopdf::Document::load_mem(&reply.bytes).expect("a PDF");
    let page = document.get_pages().into_values().next().expect("a page");
    let page = document.get_dictionary(page).expect("a page");
    let bounds = page.get(b"MediaBox").and_then(lopdf::Object::as_array).expect("bounds");
    let number = |place: usize| bounds[place].as_float().expect("a number");
    (number(2), number(3))
}

async fn texts(pool: &PgPool, statement: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_all(pool).await.expect("rows")
}

async fn run(pool: &PgPool, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(pool).await.expect("done");
}

/// A BOM of the sample order.
async fn sample_bom(pool: &PgPool) -> i64 {
    let statement = "SELECT m.bom_id FROM boms m JOIN builds b USING (bom_id) WHERE m.is_sample ORDER BY m.line_count DESC LIMIT 1";
    sqlx::query_scalar(statement).fetch_one(pool).await.expect("a BOM")
}

async fn printed(client: &mut Client, bom: i64, more: &str) -> Reply {
    client.get(&format!("/boms/{bom}/export?format=pdf{more}")).await
}

/// A draft of the next revision with many lines, of which each has one of these names.
async fn large_bom(pool: &PgPool, count: usize, names: &[&str]) -> i64 {
    let bom: i64 = sqlx::query_scalar(
        "INSERT INTO boms (configuration_id, revision, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count, is_sample)
         SELECT configuration_id, 900, rule_set_id, catalogue_as_of, structure_version, repeat('0', 64), $2, $2, $2, true FROM boms WHERE bom_id = $1 RETURNING bom_id",
    )
    .bind(sample_bom(pool).await)
    .bind(i32::try_from(count).expect("few"))
    .fetch_one(pool)
    .await
    .expect("a BOM");
    sqlx::query(
        "INSERT INTO bom_line_items (bom_id, line_number, item_code, specification_code, item_name, depth, quantity_per, quantity_total, unit_code, is_leaf, is_unresolved)
         SELECT $1, n, 'L-' || lpad(n::text, 5, '0'), 'L-' || lpad(n::text, 5, '0'), ($3::text[])[1 + n % cardinality($3::text[])], 0, n, n, 'each', true, true
           FROM generate_series(1, $2) n",
    )
    .bind(bom)
    .bind(i32::try_from(count).expect("few"))
    .bind(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    .execute(pool)
    .await
    .expect("lines");
    bom
}

/// What makes up the cost stands on the paper and on the page alike, and adds up to the cost.
async fn costs_add_up(pool: &PgPool, client: &mut Client, bom: i64, paper: &str) {
    let line = |name: &str, condition: &str| {
        format!(
            "(SELECT '{name} ' || to_char({condition}, 'FM999,999,990.00') FROM bom_line_items WHERE bom_id = {bom})"
        )
    };
    let own = |is_leaf: &str| format!("sum(quantity_total * unit_cost) FILTER (WHERE {is_leaf})");
    let statement = format!(
        "SELECT unnest(ARRAY[{}, {}, {}])",
        line("Parts", &own("is_leaf")),
        line("Assemblies, own cost", &own("NOT is_leaf")),
        line(
            "Scrap",
            &format!("(SELECT total_cost FROM boms WHERE bom_id = {bom}) - sum(quantity_total * unit_cost)")
        ),
    );
    let told = texts(pool, &statement).await;
    assert!(told.iter().all(|one| !one.ends_with(" 0.00")), "{told:?}");
    let shown = page(client, &format!("/boms/{bom}?view=totals")).await;
    let shown = String::from_utf8(shown.bytes).expect("text");
    for one in &told {
        assert!(shown.contains(&format!("<span>{one}</span>")), "{one}: {shown}");
    }
    for one in &told[1..] {
        let (name, cost) = one.rsplit_once(' ').expect("a name with a cost");
        assert!(paper.contains(&bare(&format!("{name}${cost}"))), "{one} is not in the paper");
    }
    let found = page(client, &format!("/boms/{bom}?view=totals&find=valve")).await;
    assert!(
        !String::from_utf8_lossy(&found.bytes).contains("Assemblies, own cost"),
        "of a part it is not told"
    );
}

#[tokio::test]
async fn a_bom_on_paper_says_what_the_database_says() {
    let db = TestDatabase::new().await;
    let pool = db.pool();
    let bom = sample_bom(pool).await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let reply = printed(&mut client, bom, "").await.expect(200);
    assert_eq!(reply.header("content-type"), "application/pdf");
    let build = "SELECT build_number FROM boms JOIN builds USING (build_id) WHERE boms.bom_id = ";
    let [build] = &texts(pool, &format!("{build}{bom}")).await[..] else { panic!("no build") };
    // Whatever the kind of the file, it is called by what it is of.
    let csv = client.get(&format!("/boms/{bom}/export?format=csv")).await.expect(200);
    for (file, kind) in [(&reply, "pdf"), (&csv, "csv")] {
        let name = format!("filename=\"{build}-revision-1.{kind}\"");
        assert!(file.header("content-disposition").contains(&name), "{}", file.header("content-disposition"));
    }
    let pages = pages(&reply);
    let all = pages.concat();

    // Each line once, with its arithmetic over all places of its parent.
    let lines = texts(
        pool,
        &format!(
            "SELECT concat(l.line_number, '|', l.item_code, l.item_name, '|',
                    (SELECT trim_scale(sum(p.quantity_total)) || '×' || trim_scale(l.quantity_per) FROM bom_line_items p
                      WHERE p.bom_id = l.bom_id AND p.assembly_id = l.parent_assembly_id), trim_scale(l.quantity_total), {SHORT_UNIT})
               FROM bom_line_items l WHERE l.bom_id = {bom} ORDER BY l.line_number"
        ),
    )
    .await;
    assert!(lines.len() > 100);
    for line in &lines {
        let parts: Vec<String> = line.split('|').map(bare).collect();
        let begins: Vec<&str> = all.split(&parts[1]).skip(1).collect();
        let is_told = begins.iter().any(|rest| {
            let rest: String = rest.chars().take(200).collect();
            rest.contains(&parts[2])
        });
        assert!(is_told, "{line} is not in the paper");
    }
    assert!(all.contains(&format!("{}lines", lines.len())), "the number of lines");

    let totals = texts(
        pool,
        &format!(
            "SELECT concat(item_code, item_name, trim_scale(sum(quantity_total)), min({SHORT_UNIT}))
               FROM bom_line_items WHERE bom_id = {bom} AND is_leaf AND item_code = specification_code GROUP BY item_code, item_name"
        ),
    )
    .await;
    let section = all.rsplit("Totalsbypart").next().expect("totals").to_owned();
    let section = section.as_str();
    for total in &totals {
        assert!(section.contains(&bare(total)), "{total} is not among the totals");
    }
    let sums = texts(
        pool,
        &format!(
            "SELECT unnest(ARRAY[
               (SELECT to_char(sum(round(quantity_total, 4) * unit_cost), 'FM999,999,990.00') FROM bom_line_items WHERE bom_id = {bom} AND is_leaf),
               (SELECT '$' || to_char(total_cost, 'FM999,999,990.00') FROM boms WHERE bom_id = {bom}),
               (SELECT to_char(total_weight_kg, 'FM999,990.0') || 'kg' FROM boms WHERE bom_id = {bom}),
               (SELECT 'Pieces' || to_char(sum(quantity_total), 'FM999,999,990') FROM bom_line_items WHERE bom_id = {bom} AND is_leaf AND unit_code = 'each'),
               (SELECT content_hash FROM boms WHERE bom_id = {bom}),
               (SELECT order_number FROM boms m JOIN builds b USING (build_id) JOIN orders o USING (order_id) WHERE m.bom_id = {bom}),
               (SELECT c.name FROM boms m JOIN builds b USING (build_id) JOIN orders o USING (order_id) JOIN customers c USING (customer_id) WHERE m.bom_id = {bom})])"
        ),
    )
    .await;
    for sum in &sums {
        assert!(all.contains(&bare(sum)), "{sum} is not in the paper");
    }
    let signers = texts(
        pool,
        &format!("SELECT printed_name FROM signatures WHERE record_type = 'boms' AND record_id = {bom}"),
    )
    .await;
    assert!(!signers.is_empty());
    for signer in signers {
        assert!(all.contains(&bare(&signer)), "{signer} signed");
    }
    costs_add_up(pool, &mut client, bom, section).await;
    for (place, page) in pages.iter().enumerate() {
        assert!(page.contains("TORVANMedicalSystems"), "{page}");
        assert!(page.contains(&format!("Page{}of{}", place + 1, pages.len())), "{page}");
    }
}

#[tokio::test]
async fn the_same_bom_gives_the_same_bytes_whoever_prints_it_and_whenever() {
    let db = TestDatabase::new().await;
    let bom = sample_bom(db.pool()).await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let first = printed(&mut client, bom, "").await.expect(200);
    let accepted = client
        .send(axum::http::Method::GET, &format!("/boms/{bom}/export"), None, &[("accept", "application/pdf")])
        .await
        .expect(200);
    let mut other = site.person("sample.admin").await;
    let others = printed(&mut other, bom, "&lang=en").await.expect(200);
    assert!(first.bytes == accepted.bytes && first.bytes == others.bytes);
}

#[tokio::test]
async fn who_may_not_export_gets_no_paper_and_who_may_not_see_costs_none_on_it() {
    let db = TestDatabase::new().await;
    let pool = db.pool();
    let bom = sample_bom(pool).await;
    let site = Site::new(&db).await;
    for (login, status) in [
        ("sample.admin", 200),
        ("sample.sales", 200),
        ("sample.production", 200),
        ("sample.quality", 403),
        ("sample.technician", 403),
        ("sample.service", 403),
    ] {
        let mut client = site.person(login).await;
        let _ = printed(&mut client, bom, "").await.expect(status);
        let seen = String::from_utf8(page(&mut client, &format!("/boms/{bom}")).await.bytes).expect("text");
        let way = format!("/api/v1/boms/{bom}/export?format=pdf&#38;lang=en");
        assert_eq!(seen.contains(&way), status == 200, "{login}");
    }
    let _ = printed(&mut site.stranger(), bom, "").await.expect(401);
    let mut client = site.person("sample.production").await;
    let _ = printed(&mut client, 999_999_999, "").await.expect(404);
    assert!(pages(&printed(&mut client, bom, "").await).concat().contains("Unitcost"));
    run(pool, "DELETE FROM role_permissions WHERE permission_code = 'price:read'").await;
    // A change of rights ends the sessions that had them.
    let mut client = site.person("sample.production").await;
    let text = pages(&printed(&mut client, bom, "").await.expect(200)).concat();
    assert!(text.contains("Totalsbypart") && !text.contains("Unitcost") && !text.contains('$'));
}

#[tokio::test]
async fn the_language_is_that_of_the_person_or_the_one_asked_for_and_the_sheet_that_of_the_plant() {
    let db = TestDatabase::new().await;
    let pool = db.pool();
    let bom = sample_bom(pool).await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let english = printed(&mut client, bom, "").await.expect(200);
    assert_eq!(sheet(&english), (612.0, 792.0));
    run(pool, "UPDATE site_settings SET value = '\"A4\"' WHERE setting_code = 'paper'; UPDATE site_settings SET value = '\"Éviers Łódź ΑΩ\"' WHERE setting_code = 'legal_name'").await;
    run(pool, "UPDATE users SET language = 'FR' WHERE login = 'sample.production'").await;
    let french = printed(&mut client, bom, "").await.expect(200);
    assert_eq!(sheet(&french), (595.28, 841.89));
    for page in pages(&french) {
        assert!(
            page.contains("ÉviersŁódźΑΩ") && page.contains("sur") && page.contains("nomenclaturerévision1"),
            "{page}"
        );
    }
    let text = pages(&french).concat();
    for told in ["Désignation", "Niveau", "Totauxparpièce", "Libérée"] {
        assert!(text.contains(told), "{told}");
    }
    assert!(pages(&printed(&mut client, bom, "&lang=en").await.expect(200)).concat().contains("Description"));
    for more in ["&lang=de", "&limit=5", "&after=3", "&colour=red"] {
        let _ = printed(&mut client, bom, more).await.expect(422);
    }
    let _ = client.get(&format!("/boms/{bom}/export?format=docx")).await.expect(422);
}

#[tokio::test]
async fn a_large_bom_of_hostile_names_is_whole_with_heads_on_each_page() {
    let db = TestDatabase::new().await;
    let pool = db.pool();
    let long = "W".repeat(500);
    let names = [
        "Évier d'angle, œuvre",
        "Κόσμος Кириллица",
        "שלום עולם",
        "emoji 🧼 \u{202E}turned\u{7}",
        long.as_str(),
        "{page} of {pages} <b> =1+1",
    ];
    let bom = large_bom(pool, 600, &names).await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let reply = printed(&mut client, bom, "").await.expect(200);
    let pages = pages(&reply);
    let all = pages.concat();
    let begin = pages.iter().position(|page| page.contains("Indentedlines")).expect("lines");
    let end = pages.iter().position(|page| page.contains("Totalsbypart")).expect("totals");
    assert!(end > begin + 8);
    for (place, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Page{}of{}", place + 1, pages.len())), "{page}");
        assert!(place == 0 || page.contains("CodeDescription"), "page {place}: {page}");
        assert!(!(begin..=end).contains(&place) || page.contains("LineLevelCode"), "page {place}: {page}");
    }
    for n in 1..=600 {
        // Among what is unresolved, among the lines, among the totals.
        assert_eq!(all.matches(&format!("L-{n:05}")).count(), 3, "line {n}");
    }
    for told in
        ["Évierd'angle,œuvre", "Κόσμος", "Кириллица", "‹U+1F9FC›", "‹U+202E›turned‹U+0007›", long.as_str()]
    {
        assert!(all.contains(told), "{told}");
    }
    assert!(all.contains("600lines"));
}
