//! The configurator as a page: what a change makes, who may change, saving over somebody else's version.

use axum::http::Method;
use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::registers::hidden;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn page(client: &mut Client, path: &str) -> Reply {
    client.send(Method::GET, &format!("/{path}"), None, &[("accept", "text/html")]).await
}

async fn send(client: &mut Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    let headers = [FORM, ("accept", "text/html")];
    client.send_bytes(Method::POST, &format!("/{path}"), Some(body.join("&").into_bytes()), &headers).await
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

const SINK: [(&str, &str); 13] = [
    ("step", "basins"),
    ("/model", "T2-B2"),
    ("/width_in", "30"),
    ("/length_in", "72"),
    ("/leg_model", "DL27"),
    ("/leg_adjustment", "HEIGHT_ADJUSTABLE"),
    ("/feet", "LEVELING_CASTERS"),
    ("/workflow_direction", "LEFT_TO_RIGHT"),
    ("/basins/0/type", "E_DRAIN"),
    ("/basins/0/size", "24X20X8"),
    ("/basins/1/type", "E_SINK"),
    ("/basins/1/size", "30X20X10"),
    ("/faucets/0/type", "PRE_RINSE"),
];

fn sink<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    SINK.iter().chain(more).copied().collect()
}

async fn new_build(db: &TestDatabase, client: &mut Client, number: &str) -> String {
    let order = json!({"customer_code": "STELMO", "po_number": format!("PO-{number}"), "sales_person": "sample.sales",
        "want_date": "2031-05-01", "build_numbers": [number]});
    let _ = client.post("/orders", order).await.expect(201);
    let found = sqlx::query_scalar("SELECT build_id FROM builds WHERE build_number = $1").bind(number);
    let build: i64 = found.fetch_one(db.pool()).await.expect("the build");
    format!("/builds/{build}/configuration")
}

async fn versions(db: &TestDatabase, number: &str) -> i64 {
    let statement =
        "SELECT count(*) FROM configurations JOIN builds USING (build_id) WHERE build_number = $1";
    sqlx::query_scalar(statement).bind(number).fetch_one(db.pool()).await.expect("a number")
}

#[tokio::test]
async fn one_answer_shows_what_a_change_makes() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-1").await;
    let begun = text(&page(&mut client, &path).await.expect(200));
    assert!(begun.contains("Not saved yet") && begun.contains("DL27"), "it begins with the usual values");
    assert!(!begun.contains("V01"), "that there is no basin yet is told once: {begun}");
    let wrong =
        text(&send(&mut client, &path, &sink(&[("/faucets/0/placement", "BETWEEN_2_3")])).await.expect(200));
    for seen in
        ["class=\"ghost\"", "class=\"clash\"", "T2-ADW-BASIN30X20X10", "T2-CTRL-EDR1-ESK1", "V04", "V11"]
    {
        assert!(wrong.contains(seen), "{seen}");
    }
    // What is impossible is there, with its reason and the one step that helps; a mistake has its mend.
    assert!(wrong.contains("Switch to T2-B3") && wrong.contains("set /faucets/0/placement=BETWEEN_1_2"));
    let mended = [
        ("/faucets/0/placement", "BETWEEN_2_3"),
        ("do", "set /faucets/0/placement=BETWEEN_1_2;set /basins/1/size=30X20X8"),
    ];
    let mended = text(&send(&mut client, &path, &sink(&mended)).await.expect(200));
    for gone in ["class=\"ghost\"", "class=\"clash\"", "V04", "V11"] {
        assert!(!mended.contains(gone), "{gone}");
    }
    assert!(!mended.contains(", by rule"));
    let treated = sink(&[("/basins/1/type", "E_SINK_DI"), ("/basins/1/size", "30X20X8")]);
    let treated = text(&send(&mut client, &path, &treated).await.expect(200));
    assert!(treated.contains("1 × Faucet kit, treated water gooseneck, by rule"), "{treated}");
    assert_eq!(versions(&db, "CF-1").await, 0, "looking stores nothing");
}

#[tokio::test]
async fn nothing_typed_is_lost_and_a_change_can_be_undone() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-2").await;
    let odd =
        text(&send(&mut client, &path, &sink(&[("/length_in", "very \"long\" <b>")])).await.expect(200));
    assert!(!odd.contains("long\" <b>"), "it is escaped");
    let on_model: Vec<(&str, &str)> =
        sink(&[("do", "go model")]).into_iter().filter(|(name, _)| *name != "/length_in").collect();
    let kept: Vec<(&str, &str)> = on_model.iter().copied().chain([("/length_in", "about six")]).collect();
    let kept = text(&send(&mut client, &path, &kept).await.expect(200));
    assert!(
        kept.contains("value=\"about six\"") && kept.contains("aria-invalid=\"true\""),
        "typed text stays, marked"
    );
    assert!(kept.contains("name=\"/basins/1/size\" value=\"30X20X10\""), "other screens travel along");
    let before = json!({"model": "T2-B2", "length_in": 60}).to_string();
    let undone = [("do", "undo"), ("was", before.as_str())];
    let undone = text(&send(&mut client, &path, &sink(&undone)).await.expect(200));
    assert!(undone.contains("60 in"), "the length of before");
    // What the last change costs is told on every screen until there is another one.
    let told = |page: &str| {
        let last = page.split("class=\"cfg-undo\"").nth(1).and_then(|rest| rest.split("</div>").next());
        last.and_then(|last| last.split("<b>").nth(1)?.split("</b>").next().map(str::to_owned))
    };
    let changed = [("state", before.as_str()), ("cost", "1000")];
    let changed = text(&send(&mut client, &path, &sink(&changed)).await.expect(200));
    let cost = told(&changed).expect("what the change costs");
    let mut on = fields_of(&changed);
    on.push(("do".to_owned(), "go pegboard".to_owned()));
    let on: Vec<(&str, &str)> = on.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(told(&text(&send(&mut client, &path, &on).await.expect(200))), Some(cost));
}

/// What the form would send of itself: hidden fields, chosen radios, ticks, and what stands in fields and lists.
fn fields_of(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(
            rest.split('"')
                .next()?
                .replace("&#34;", "\"")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&"),
        )
    };
    let form =
        html.split("id=\"cfg-form\"").nth(1).and_then(|rest| rest.split("</form>").next()).expect("a form");
    let mut fields = Vec::new();
    for tag in form.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
        let is_tick = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
        if is_tick && !tag.contains(" checked") {
            continue;
        }
        if let Some(name) = attribute(tag, "name") {
            fields.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    for select in form.split("<select").skip(1).filter_map(|rest| rest.split("</select>").next()) {
        let chosen = select.split("<option").find(|option| option.contains(" selected"));
        let value = chosen.and_then(|option| attribute(option, "value")).unwrap_or_default();
        fields.push((attribute(select, "name").expect("a name"), value));
    }
    fields
}

/// Presses a button of a page as it stands.
async fn press(client: &mut Client, path: &str, html: &str, button: &str) -> String {
    let mut fields = fields_of(html);
    fields.push(("do".to_owned(), button.to_owned()));
    let pairs: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    text(&send(client, path, &pairs).await.expect(200))
}

#[tokio::test]
async fn elements_that_nobody_touched_stay() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-7").await;
    let model = [("step", "basins"), ("/model", "T2-B3")];
    let mut shown = text(&send(&mut client, &path, &model).await.expect(200));
    for count in 1..=3 {
        shown = press(&mut client, &path, &shown, "add /basins").await;
        let cards = shown.matches("name=\"do\" value=\"remove /basins/").count();
        assert_eq!(cards, count, "{count} times a basin");
    }
    for (step, list) in [("basins", "faucets"), ("sprayers", "sprayers")] {
        shown = press(&mut client, &path, &shown, &format!("go {step}")).await;
        for count in 1..=2 {
            shown = press(&mut client, &path, &shown, &format!("add /{list}")).await;
            let rows = shown.matches(&format!("value=\"remove /{list}/")).count();
            assert_eq!(rows, count, "{count} times of {list}");
        }
    }
    shown = press(&mut client, &path, &shown, "go drawers").await;
    let items = [
        "add /drawers/T2-OA-PO-SHLF-1212",
        "add /accessories/T2-OA-MS-1026",
        "add /accessories/T2-OA-MS-1030",
    ];
    for item in items {
        shown = press(&mut client, &path, &shown, item).await;
    }
    for gone in ["remove /drawers/0", "remove /accessories/0", "remove /accessories/1"] {
        assert!(shown.contains(&format!("value=\"{gone}\"")), "{gone}");
    }
    shown = press(&mut client, &path, &shown, "go basins").await;
    assert_eq!(shown.matches("value=\"remove /basins/").count(), 3, "they are there on the way back");
    // Nobody chose anything wrong yet: it is said what is open, and nothing is red.
    assert!(shown.contains("to choose") && !shown.contains("E_DRAIN,"), "{shown}");
}

#[tokio::test]
async fn what_is_not_saved_is_there_again_for_the_one_who_chose_it() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-8").await;
    let _ = send(&mut client, &path, &sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]))
        .await
        .expect(303);
    let saved = text(&page(&mut client, &format!("{path}?step=basins")).await.expect(200));
    assert!(!saved.contains("unsaved changes"));
    // Looking around is no change, neither of a saved sink nor of a new one.
    let fresh = new_build(&db, &mut client, "CF-11").await;
    let mut walked = text(&page(&mut client, &fresh).await.expect(200));
    for step in ["pegboard", "basins", "drawers", "model"] {
        walked = press(&mut client, &fresh, &walked, &format!("go {step}")).await;
        assert!(!walked.contains("cfg-undo"), "{step} changes nothing");
    }
    assert!(!text(&page(&mut client, &fresh).await.expect(200)).contains("unsaved changes"));
    let _ = press(&mut client, &path, &saved, "go legs").await;
    assert!(!text(&page(&mut client, &path).await.expect(200)).contains("unsaved changes"));
    let changed = press(&mut client, &path, &saved, "set /basins/1/size=30X20X8").await;
    assert!(changed.contains("Unsaved changes to version 1"));
    let again = text(&page(&mut client, &path).await.expect(200));
    assert!(
        again.contains("You have unsaved changes of ") && again.contains("T2-ADW-BASIN30X20X8"),
        "{again}"
    );
    assert!(again.contains("name=\"step\" value=\"basins\""), "at the step that it was left at");
    let mut other = site.person("sample.admin").await;
    assert!(
        !text(&page(&mut other, &path).await.expect(200)).contains("unsaved changes"),
        "nobody else sees it"
    );
    // It still knows what it began with: somebody else's version is not lost by it.
    let theirs = text(&page(&mut other, &format!("{path}?step=model")).await.expect(200));
    let mut fields = fields_of(&theirs);
    fields.retain(|(name, _)| name != "/length_in");
    fields.extend([("/length_in".to_owned(), "84".to_owned()), ("do".to_owned(), "save".to_owned())]);
    let pairs: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let _ = send(&mut other, &path, &pairs).await.expect(303);
    let mut mine = fields_of(&again);
    mine.push(("do".to_owned(), "save".to_owned()));
    let pairs: Vec<(&str, &str)> = mine.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let stale = text(&send(&mut client, &path, &pairs).await.expect(409));
    assert!(stale.contains("saved version 2 meanwhile"), "{stale}");
    assert!(
        text(&page(&mut client, &path).await.expect(200)).contains("T2-ADW-BASIN30X20X8"),
        "mine is kept"
    );
    let given_up = send(&mut client, &path, &[("do", "discard"), ("step", "basins")]).await.expect(303);
    assert!(given_up.header("location").ends_with("step=basins"));
    let theirs = text(&page(&mut client, &path).await.expect(200));
    assert!(!theirs.contains("unsaved changes") && theirs.contains("version 2"));
    // Saved is not unsaved.
    let _ = press(&mut client, &path, &theirs, "set /length_in=96").await;
    let again = text(&page(&mut client, &path).await.expect(200));
    let mut mine = fields_of(&again);
    mine.push(("do".to_owned(), "save".to_owned()));
    let pairs: Vec<(&str, &str)> = mine.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let _ = send(&mut client, &path, &pairs).await.expect(303);
    let after = text(&page(&mut client, &path).await.expect(200));
    assert!(!after.contains("unsaved changes") && after.contains("version 3"));
}

#[tokio::test]
async fn reasons_and_figures_are_in_the_words_of_the_reader() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-9").await;
    let wrong = [
        ("/model", "T2-B1"),
        ("/faucets/0/placement", "BETWEEN_2_3"),
        ("/leg_model", "LC1"),
        ("/leg_adjustment", "FIXED_HEIGHT"),
    ];
    let fields: Vec<(&str, &str)> = SINK
        .iter()
        .copied()
        .filter(|(name, _)| !wrong.iter().any(|(changed, _)| changed == name))
        .chain(wrong)
        .collect();
    let shown = text(&send(&mut client, &path, &fields).await.expect(200));
    for said in [
        "Model T2-B1 does not go with 2 basins",
        "2 to 3 does not exist on a sink with 2 basins",
        "choose Height adjustable",
    ] {
        assert!(shown.contains(said), "{said}");
    }
    for raw in ["basin(s)", "choose HEIGHT_ADJUSTABLE", "P.type", ">BETWEEN_2_3"] {
        assert!(!shown.contains(raw), "{raw}");
    }
    let french = text(&send(&mut client, &format!("{path}?lang=fr"), &fields).await.expect(200));
    assert!(french.contains("ne va pas avec 2 bassins"), "{french}");
    let has = |text: &str| french.contains(text);
    assert!(has("\u{a0}$</dd>") && has("72 × 30 po") && !has("<dd>$") && !has("72 × 30 in"), "{french}");
    assert!(has(",00</td>"), "costs of lines");
    // What is left open is a mistake once it is saved so.
    let open: Vec<(&str, &str)> =
        SINK.iter().copied().filter(|(name, _)| *name != "/basins/1/type").collect();
    let shown = text(&send(&mut client, &path, &open).await.expect(200));
    assert!(shown.contains("Basin 2, type: still to choose") && shown.contains("1 to choose"), "{shown}");
    let saved: Vec<(&str, &str)> = open.iter().copied().chain([("do", "save")]).collect();
    let _ = send(&mut client, &path, &saved).await.expect(303);
    let shown = text(&page(&mut client, &format!("{path}?step=basins")).await.expect(200));
    assert!(shown.contains("Basin type: choose one of E-Drain, E-Sink, E-Sink DI."), "{shown}");
}

#[tokio::test]
async fn the_drawing_has_views_and_a_ruler_and_the_bom_leaves_the_step() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-10").await;
    let shown = text(&send(&mut client, &path, &sink(&[("view", "plan")])).await.expect(200));
    assert!(shown.contains("class=\"g plan\"") && !shown.contains("class=\"g front\""));
    let bare = press(&mut client, &path, &shown, "ruler off").await;
    assert!(bare.contains("cfg-drawing bare") && !bare.contains("class=\"g front\""), "the view stays");
    assert!(!press(&mut client, &path, &bare, "ruler on").await.contains("cfg-drawing bare"));
    let fields = sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]);
    let _ = send(&mut client, &path, &fields).await.expect(303);
    let made = send(&mut client, &format!("{path}/bom"), &[("step", "sprayers")]).await.expect(303);
    assert!(made.header("location").contains("step=sprayers"), "{}", made.header("location"));
    // Without drawers and accessories nothing is missing.
    let whole = text(&page(&mut client, &path).await.expect(200));
    assert!(whole.contains("8 of 8") && whole.contains("None needed"), "{whole}");
}

#[tokio::test]
async fn saving_makes_versions_and_never_over_somebody_else() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut first, mut second) = (site.person("sample.sales").await, site.person("sample.production").await);
    let path = new_build(&db, &mut first, "CF-3").await;
    let saved = send(&mut first, &path, &sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]))
        .await
        .expect(303);
    assert!(saved.header("location").starts_with(&path));
    let shown = text(&page(&mut first, &path).await.expect(200));
    assert!(shown.contains("version 1") && shown.contains("Make bill of materials"));
    let based = shown
        .split("name=\"based_on\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a key");
    let theirs = [("do", "save"), ("based_on", based), ("/workflow_direction", "RIGHT_TO_LEFT")];
    let theirs: Vec<(&str, &str)> =
        sink(&[]).into_iter().filter(|(name, _)| *name != "/workflow_direction").chain(theirs).collect();
    let _ = send(&mut first, &path, &theirs).await.expect(303);
    let mine = [("do", "save"), ("based_on", based), ("/faucets/0/placement", "BASIN_2")];
    let may_save = page(&mut second, &path).await.status;
    assert_eq!(may_save, 200);
    let stale = text(&send(&mut first, &path, &sink(&mine)).await.expect(409));
    assert!(
        stale.contains("saved version 2 meanwhile")
            && stale.contains("Workflow direction: Left to right to Right to left"),
        "{stale}"
    );
    assert!(stale.contains("id=\"/faucets/0/placement=BASIN_2\" checked"), "mine is kept");
    assert_eq!(versions(&db, "CF-3").await, 2);
    // Over the version that was told of, and over no later one.
    let told = hidden(&stale, "theirs");
    let over =
        [("do", "save over"), ("based_on", based), ("theirs", &told), ("/faucets/0/placement", "BASIN_2")];
    let _ = send(&mut first, &path, &sink(&over)).await.expect(303);
    assert_eq!(versions(&db, "CF-3").await, 3);
    let later = text(&send(&mut first, &path, &sink(&over)).await.expect(409));
    assert!(later.contains("saved version 3 meanwhile"), "{later}");
    assert_eq!(versions(&db, "CF-3").await, 3);
    let compared = text(&page(&mut first, &format!("{path}/versions?a=1&b=3")).await.expect(200));
    assert!(compared.contains("Faucet 1, place"), "{compared}");
}

#[tokio::test]
async fn what_was_on_its_way_when_it_was_saved_is_no_draft() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-RACE").await;
    let values = sink(&[("do", "save"), ("/faucets/0/placement", "BASIN_2")]);
    let _ = send(&mut client, &path, &values).await.expect(303);
    // A look at the same choices that comes in after the save keeps them as a draft of what was before it.
    let late = "INSERT INTO configuration_drafts (build_id, user_id, parameters)
        SELECT b.build_id, u.user_id, c.parameters FROM builds b JOIN configurations c USING (configuration_id), users u
         WHERE b.build_number = 'CF-RACE' AND u.login = 'sample.sales'";
    sqlx::query(late).execute(db.pool()).await.expect("a draft");
    let shown = text(&page(&mut client, &path).await.expect(200));
    assert!(!shown.contains("unsaved changes"), "{shown}");
    let based = hidden(&shown, "based_on");
    let next = [("do", "save"), ("based_on", &based), ("/faucets/0/placement", "BETWEEN_1_2")];
    let _ = send(&mut client, &path, &sink(&next)).await.expect(303);
    assert_eq!(versions(&db, "CF-RACE").await, 2, "nobody conflicts with oneself");
}

#[tokio::test]
async fn a_copy_takes_the_place_of_what_was_not_saved() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let (from, to) = (new_build(&db, &mut client, "CF-6").await, new_build(&db, &mut client, "CF-7").await);
    let values = sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]);
    let _ = send(&mut client, &from, &values).await.expect(303);
    let _ = send(&mut client, &to, &sink(&[("/faucets/0/placement", "BASIN_2")])).await.expect(200);
    assert!(text(&page(&mut client, &to).await.expect(200)).contains("unsaved changes"));
    let offered = text(&page(&mut client, &format!("{to}/copy?find=CF-6")).await.expect(200));
    let key = hidden(&offered, "configuration_id");
    let _ = send(&mut client, &format!("{to}/copy"), &[("configuration_id", &key)]).await.expect(303);
    let shown = text(&page(&mut client, &format!("{to}?step=faucets")).await.expect(200));
    assert!(!shown.contains("unsaved changes"), "{shown}");
    assert!(
        shown.contains("checked id=\"/faucets/0/placement=BETWEEN_1_2\"")
            || shown.contains("id=\"/faucets/0/placement=BETWEEN_1_2\" checked"),
        "the copy is shown"
    );
}

#[tokio::test]
async fn a_build_is_copied_into_another_and_its_bom_is_made() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let (from, to) = (new_build(&db, &mut client, "CF-4").await, new_build(&db, &mut client, "CF-5").await);
    let _ = send(&mut client, &from, &sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]))
        .await
        .expect(303);
    let offered = text(&page(&mut client, &format!("{to}/copy")).await.expect(200));
    assert!(offered.contains("<code>CF-4</code> T2-B2, 72 × 30 in<small>TRV-"), "{offered}");
    assert!(offered.contains("General Hospital") && offered.contains("Version 1, "), "{offered}");
    let nothing = text(&page(&mut client, &format!("{to}/copy?find=CF-5")).await.expect(200));
    assert!(nothing.contains("No configured build has this number"), "{nothing}");
    let offered = text(&page(&mut client, &format!("{to}/copy?find=CF-4")).await.expect(200));
    let key = offered
        .split("name=\"configuration_id\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a key");
    let _ = send(&mut client, &format!("{to}/copy"), &[("configuration_id", key)]).await.expect(303);
    assert_eq!(versions(&db, "CF-5").await, 1);
    let drawing = page(&mut client, &to.replace("configuration", "drawing.svg")).await.expect(200);
    assert_eq!(drawing.header("content-type"), "image/svg+xml");
    assert!(text(&drawing).contains("<rect class=\"body\" x=\"0\" y=\"0\" width=\"72\" height=\"30\""));
}

#[tokio::test]
async fn what_is_drawn_is_what_is_chosen_and_seen() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-DRAWN").await;
    let values = sink(&[("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2")]);
    let _ = send(&mut client, &path, &values).await.expect(303);
    let file = path.replace("configuration", "drawing.svg");
    assert!(text(&page(&mut client, &file).await.expect(200)).contains("width=\"72\" height=\"30\""));
    let longer = sink(&[("/faucets/0/placement", "BETWEEN_1_2"), ("/length_in", "84"), ("view", "plan")]);
    let shown = text(&send(&mut client, &path, &longer).await.expect(200));
    assert!(shown.contains("drawing.svg?view=plan"), "the file has the view of the page");
    let drawing = text(&page(&mut client, &format!("{file}?view=plan")).await.expect(200));
    assert!(drawing.contains("width=\"84\" height=\"30\""), "what is not saved yet: {drawing}");
    assert!(drawing.contains("class=\"g plan\"") && !drawing.contains("class=\"g front\""));
}

#[tokio::test]
async fn accessories_say_why_they_do_not_go_before_they_are_added() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = new_build(&db, &mut client, "CF-OFFERS").await;
    let shown = text(&send(&mut client, &path, &sink(&[("do", "go accessories")])).await.expect(200));
    let offer = |code: &str| {
        let button =
            shown.split("class=\"cfg-offer\"").find(|one| one.contains(&format!("<code>{code}</code>")));
        button.and_then(|rest| rest.split("</button>").next()).unwrap_or_else(|| panic!("{code}: {shown}"))
    };
    let barred = offer("T2-OHL-INSTRO-KIT");
    assert!(barred.contains(" disabled>") && barred.contains("fits the InstroSink only"), "{barred}");
    let warned = offer("T-OA-MLIGHT-PB-KIT");
    assert!(!warned.contains(" disabled>") && warned.contains("mounted on a pegboard"), "{warned}");
    let fitting = offer("T-OA-BINRAIL-24-KIT");
    assert!(!fitting.contains(" disabled>") && !fitting.contains("cfg-objection"), "{fitting}");
    assert!(shown.matches("class=\"cfg-offer\"").count() > 30, "all that there are are offered");
}

#[tokio::test]
async fn an_earlier_version_is_taken_again_and_a_later_one_is_not_overwritten() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut first, mut second) = (site.person("sample.sales").await, site.person("sample.admin").await);
    let (from, path) =
        (new_build(&db, &mut first, "CF-OF").await, new_build(&db, &mut first, "CF-AGAIN").await);
    for (build, length) in [(&from, "66"), (&path, "72")] {
        let values = [("do", "save"), ("/faucets/0/placement", "BETWEEN_1_2"), ("/length_in", length)];
        let _ = send(&mut first, build, &sink(&values)).await.expect(303);
    }
    // Somebody saves another version while the page that asks for a copy is open.
    let asked = text(&page(&mut first, &format!("{path}/copy?find=CF-O")).await.expect(200));
    let (key, based) = (hidden(&asked, "configuration_id"), hidden(&asked, "based_on"));
    let begun = text(&page(&mut second, &path).await.expect(200));
    let longer = [("do", "save"), ("based_on", &hidden(&begun, "based_on")), ("/length_in", "84")];
    let longer = sink(&[&longer[..], &[("/faucets/0/placement", "BETWEEN_1_2")]].concat());
    let _ = send(&mut second, &path, &longer).await.expect(303);
    let copy = [("configuration_id", key.as_str()), ("based_on", based.as_str())];
    let refused = send(&mut first, &format!("{path}/copy"), &copy).await.expect(412);
    assert_eq!(versions(&db, "CF-AGAIN").await, 2, "{}", text(&refused));
    // The first version comes back as the third.
    let compared = text(&page(&mut first, &format!("{path}/versions?a=1&b=2")).await.expect(200));
    assert!(compared.contains("Take version 1 again"), "{compared}");
    let again = [hidden(&compared, "configuration_id"), hidden(&compared, "based_on")];
    let again = [("configuration_id", again[0].as_str()), ("based_on", again[1].as_str())];
    let _ = send(&mut first, &format!("{path}/copy"), &again).await.expect(303);
    assert_eq!(versions(&db, "CF-AGAIN").await, 3);
    let length: String = sqlx::query_scalar(
        "SELECT parameters ->> 'length_in' FROM builds JOIN configurations USING (configuration_id) WHERE build_number = 'CF-AGAIN'",
    )
    .fetch_one(db.pool())
    .await
    .expect("a length");
    assert_eq!(length, "72");
    let present = text(&page(&mut first, &format!("{path}/versions?a=3&b=2")).await.expect(200));
    assert!(!present.contains("Take version 3 again"), "what is there is not taken again");
}

#[tokio::test]
async fn the_lines_of_a_bill_of_materials_are_for_those_who_read_them() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let path = new_build(&db, &mut sales, "CF-LINES").await;
    for (login, sees) in [("sample.sales", true), ("sample.service", false)] {
        let mut client = site.person(login).await;
        let shown = text(&page(&mut client, &path).await.expect(200));
        assert_eq!(shown.contains("class=\"cfg-bom\""), sees, "{login}");
        assert_eq!(shown.contains("T2-DL27-KIT"), sees, "{login}");
    }
}

#[tokio::test]
async fn who_may_not_change_sees_it_closed() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let path = new_build(&db, &mut sales, "CF-6").await;
    for login in ["sample.quality", "sample.technician", "sample.service", "sample.admin"] {
        let mut other = site.person(login).await;
        let allowed: Option<(Option<bool>, Option<bool>)> = sqlx::query_as(
            "SELECT bool_or(permission_code = 'configuration:read'), bool_or(permission_code = 'configuration:create')
               FROM users u JOIN user_roles USING (user_id) JOIN role_permissions USING (role_id)
              WHERE u.login = $1",
        )
        .bind(login)
        .fetch_optional(db.pool())
        .await
        .expect("permissions");
        let (may_read, may_save) = allowed.unwrap_or_default();
        let (may_read, may_save) = (may_read == Some(true), may_save == Some(true));
        let shown = page(&mut other, &path).await;
        let sent = send(&mut other, &path, &sink(&[("do", "save")])).await.status.as_u16();
        if !may_save {
            assert!(matches!(sent, 403 | 404), "{login}: {sent}");
        }
        if may_read && shown.status == 200 && !may_save {
            assert!(text(&shown).contains("?step=legs\""), "{login} walks by links");
            assert!(text(&shown).contains("<fieldset class=\"cfg-fields\" disabled>"), "{login}");
            assert!(!text(&shown).contains("value=\"save\""), "{login}");
        }
    }
    // A build in production takes no other configuration, whoever asks.
    let closed: i64 = sqlx::query_scalar("SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'")
        .fetch_one(db.pool())
        .await
        .expect("the build");
    let closed = format!("/builds/{closed}/configuration");
    assert!(text(&page(&mut sales, &closed).await.expect(200)).contains("This build is approved"));
    assert_eq!(send(&mut sales, &closed, &sink(&[("do", "save")])).await.status, 409);
    let _ = page(&mut sales, "/builds/999999/configuration").await.expect(404);
}
