//! Habits of lists and of files: saved views, uploads of forms without a script, carts.

use axum::http::Method;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::{form, hidden, page, text};

pub(crate) async fn order(db: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT min(order_id) FROM orders").fetch_one(db.pool()).await.expect("an order")
}

/// The key of a form that nobody has sent yet.
async fn fresh(client: &mut Client, path: &str) -> String {
    hidden(&page(client, path).await.expect(200), "key")
}

#[tokio::test]
async fn a_search_of_the_board_is_saved_as_a_view_of_the_board() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let board = text(&page(&mut sales, "/orders/board?q=SAMPLE").await.expect(200));
    assert!(board.contains("/views/new?list=%2Forders%2Fboard&#38;query=q%3DSAMPLE"), "{board}");
    let asked = page(&mut sales, "/views/new?list=/orders/board&query=q%3DSAMPLE").await.expect(200);
    let key = hidden(&asked, "key");
    let fields =
        [("key", key.as_str()), ("list", "/orders/board"), ("query", "q=SAMPLE"), ("name", "Samples")];
    let saved = form(&mut sales, "/views/new", &fields).await.expect(303);
    let place = saved.header("location").to_owned();
    assert!(place.starts_with("/orders/board?q=SAMPLE&saved="), "{place}");
    let shown = text(&page(&mut sales, &place).await.expect(200));
    assert!(shown.contains("Samples") && shown.contains("The view is saved."), "{shown}");
    assert!(shown.contains("name=\"saved\""), "a search within the view stays in it: {shown}");
    let other = text(&page(&mut sales, &place.replace("SAMPLE", "ELSE")).await.expect(200));
    assert!(other.contains("/query\""), "and can be kept as the view: {other}");
    let late = text(&page(&mut sales, "/orders/board?view=late").await.expect(200));
    assert!(late.contains("href=\"/orders/board?view=late\" aria-current=\"true\""), "{late}");
    assert!(late.contains("query=view%3Dlate") && !late.contains("?view=all"), "{late}");
    // It is no view of the list, and nobody else's.
    assert!(!text(&page(&mut sales, "/orders").await.expect(200)).contains("Samples"));
    let mut other = site.person("sample.service").await;
    assert!(!text(&page(&mut other, "/orders/board").await.expect(200)).contains("Samples"));
}

#[tokio::test]
async fn a_view_is_saved_shared_seen_by_the_role_changed_removed_and_brought_back() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let list = page(&mut sales, "/orders?view=late&cols=customer").await.expect(200);
    assert!(text(&list).contains("/views/new?list=%2Forders&#38;query=view%3Dlate"), "{}", text(&list));
    let asked = page(&mut sales, "/views/new?list=/orders&query=view%3Dlate").await.expect(200);
    let key = hidden(&asked, "key");
    let fields = |name: &'static str| {
        [
            ("key", key.as_str()),
            ("list", "/orders"),
            ("query", "view=late"),
            ("name", name),
            ("shown", "ASSEMBLY_TECHNICIAN"),
            ("role", "ASSEMBLY_TECHNICIAN"),
        ]
    };
    let refused = form(&mut sales, "/views/new", &fields("")).await.expect(422);
    assert!(text(&refused).contains("id=\"name-error\""));
    assert!(text(&refused).contains("value=\"ASSEMBLY_TECHNICIAN\" checked"), "what was ticked is kept");
    let saved = form(&mut sales, "/views/new", &fields("Late <here>")).await.expect(303);
    let place = saved.header("location").to_owned();
    assert!(place.starts_with("/orders?view=late&saved="), "{place}");
    let again = form(&mut sales, "/views/new", &fields("Late <here>")).await.expect(303);
    assert_eq!(again.header("location"), place, "sent twice, it is saved once");
    let shown = text(&page(&mut sales, &place).await.expect(200));
    assert!(shown.contains("Late &#60;here&#62;") && shown.contains("The view is saved."), "{shown}");

    let mut technician = site.person("sample.technician").await;
    assert!(text(&page(&mut technician, "/orders").await.expect(200)).contains("Late &#60;here&#62;"));
    let mut service = site.person("sample.service").await;
    assert!(!text(&page(&mut service, "/orders").await.expect(200)).contains("Late &#60;here&#62;"));
    let id: i64 =
        sqlx::query_scalar("SELECT saved_view_id FROM saved_views").fetch_one(db.pool()).await.expect("one");
    let _ = page(&mut technician, &format!("/views/{id}/edit")).await.expect(403);
    let _ = page(&mut service, &format!("/views/{id}/edit")).await.expect(404);

    // Other filters in the view are noticed, and can be kept.
    let other = text(&page(&mut sales, &format!("/orders?view=hold&saved={id}")).await.expect(200));
    assert!(other.contains(&format!("/views/{id}/query")), "{other}");
    let edit = format!("/views/{id}/edit");
    let asked = page(&mut sales, &edit).await.expect(200);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let renamed = [("key", key.as_str()), ("version", version.as_str()), ("name", "Late orders")];
    let _ = form(&mut sales, &edit, &renamed).await.expect(303);
    assert!(
        text(&page(&mut technician, "/orders").await.expect(200)).contains("Late orders"),
        "who only renames it shares it still"
    );
    // A window that was opened before knows nothing of it.
    let (key, list) = (fresh(&mut sales, &edit).await, format!("/orders?view=late&saved={id}"));
    let old = [("key", key.as_str()), ("version", version.as_str()), ("name", "Mine <now>")];
    let stale = text(&form(&mut sales, &edit, &old).await.expect(412));
    assert!(
        stale.contains("It is now called Late orders.") && stale.contains("Mine &#60;now&#62;"),
        "{stale}"
    );
    for way in ["query", "remove"] {
        let key = fresh(&mut sales, &list).await;
        let old = [("key", key.as_str()), ("version", version.as_str()), ("query", "view=hold")];
        let stale = text(&form(&mut sales, &format!("/views/{id}/{way}"), &old).await.expect(412));
        assert!(stale.contains("It is now called Late orders"), "{way}: {stale}");
    }
    let asked = page(&mut sales, &edit).await.expect(200);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let unshared = [
        ("key", key.as_str()),
        ("version", version.as_str()),
        ("name", "Late orders"),
        ("shown", "ASSEMBLY_TECHNICIAN"),
    ];
    let _ = form(&mut sales, &edit, &unshared).await.expect(303);
    assert!(!text(&page(&mut technician, "/orders").await.expect(200)).contains("Late orders"));
    let seen = page(&mut sales, &list).await.expect(200);
    let (key, version) = (hidden(&seen, "key"), hidden(&seen, "version"));
    let fields = [("key", key.as_str()), ("version", version.as_str())];
    let removed = form(&mut sales, &format!("/views/{id}/remove"), &fields).await.expect(303);
    let shown = page(&mut sales, removed.header("location")).await.expect(200);
    assert!(text(&shown).contains(&format!("action=\"/views/{id}/restore\"")), "{}", text(&shown));
    let key = hidden(&shown, "key");
    let back = form(&mut sales, &format!("/views/{id}/restore"), &[("key", &key)]).await.expect(303);
    assert!(text(&page(&mut sales, back.header("location")).await.expect(200)).contains("Late orders"));
}

#[tokio::test]
async fn a_register_shows_the_columns_that_its_address_names() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let usual = text(&page(&mut client, "/customers").await.expect(200));
    assert!(usual.contains("<th scope=\"col\" class=\"mid more\""), "{usual}");
    let few = text(&page(&mut client, "/customers?view=all&cols=name&cols=updated_at").await.expect(200));
    assert_eq!(few.matches("<th scope=\"col\"").count(), 3, "{few}");
    // A column that there is not is left out.
    let odd = page(&mut client, "/customers?view=all&cols=password").await.expect(200);
    assert!(text(&odd).contains("<th scope=\"col\" class=\"mid more\""));
}

#[tokio::test]
async fn nobody_is_asked_for_what_is_not_theirs() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = order(&db).await;
    for (login, cancel, resume) in [
        ("sample.production", 200, 200),
        ("sample.sales", 403, 403),
        ("sample.technician", 403, 403),
        ("sample.service", 403, 403),
    ] {
        let mut client = site.person(login).await;
        let asked = page(&mut client, &format!("/orders/{order}/cancel")).await;
        assert_eq!(asked.status.as_u16(), cancel, "{login} cancels");
        let asked = page(&mut client, &format!("/orders/{order}/resume")).await;
        assert_eq!(asked.status.as_u16(), resume, "{login} resumes");
    }
}

/// A file of a form: its name, what the browser takes it for, its content.
type Sent<'a> = (&'a str, &'a str, &'a [u8]);

/// A form with a file, as a browser without scripts sends it.
pub(crate) async fn upload(
    client: &mut Client,
    path: &str,
    fields: &[(&str, &str)],
    file: Sent<'_>,
) -> Reply {
    upload_all(client, path, fields, &[file]).await
}

/// The same with several files, in one field.
async fn upload_all(client: &mut Client, path: &str, fields: &[(&str, &str)], files: &[Sent<'_>]) -> Reply {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--AaB03x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, kind, bytes) in files {
        let head = format!(
            "--AaB03x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--AaB03x--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=AaB03x");
    let browser = ("accept", "text/html,*/*;q=0.8");
    client.send_bytes(Method::POST, &format!("/{path}"), Some(body), &[browser, kind]).await
}

#[tokio::test]
async fn a_file_is_refused_beside_its_field_then_taken_without_a_script() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = order(&db).await;
    let place = format!("/orders/{order}/documents");
    let mut client = site.person("sample.sales").await;
    let shown = page(&mut client, &format!("/orders/{order}?panel=documents")).await.expect(200);
    let key = hidden(&shown, "key");
    let fields = [("key", key.as_str()), ("kind", "PHOTO"), ("content", ""), ("file_name", "")];
    let none = upload(&mut client, &place, &fields, ("", "application/octet-stream", b"")).await.expect(422);
    assert!(text(&none).contains("Choose a file."), "{}", text(&none));
    let page_of =
        upload(&mut client, &place, &fields, ("x.html", "text/html", b"<script>")).await.expect(422);
    assert!(text(&page_of).contains("are not stored"), "{}", text(&page_of));
    assert!(text(&page_of).contains("value=\"PHOTO\" selected"), "what was chosen is kept");
    let lie = upload(&mut client, &place, &fields, ("x.pdf", "application/pdf", b"hello")).await.expect(422);
    assert!(text(&lie).contains("The content is not application/pdf"), "{}", text(&lie));
    let large = vec![b'x'; 26 * 1024 * 1024];
    let _ = upload(&mut client, &place, &fields, ("x.txt", "text/plain", &large)).await.expect(413);
    let paper = ("PO 7.pdf", "application/pdf", &b"%PDF-1.7\nhello"[..]);
    let taken = upload(&mut client, &place, &fields, paper).await.expect(303);
    assert_eq!(taken.header("location"), format!("/orders/{order}?panel=documents&done=file"));
    let again = upload(&mut client, &place, &fields, paper).await.expect(303);
    assert_eq!(again.header("location"), taken.header("location"), "sent twice, it is there once");
    let other = ("PO 7.pdf", "application/pdf", &b"%PDF-1.7\nother"[..]);
    let _ = upload(&mut client, &place, &fields, other).await.expect(422);
    let shown = text(&page(&mut client, &format!("/orders/{order}?panel=documents")).await.expect(200));
    assert_eq!(shown.matches("PO 7.pdf").count(), 1, "{shown}");
    let id: i64 = sqlx::query_scalar("SELECT max(order_attachment_id) FROM order_attachments")
        .fetch_one(db.pool())
        .await
        .expect("a file");
    let seen = page(&mut client, &format!("/order-attachments/{id}/preview")).await.expect(200);
    let named = seen.header("content-disposition");
    assert!(
        named.starts_with("inline; ") && named.contains("PO 7.pdf"),
        "who saves it, saves it so: {named}"
    );
    assert!(seen.header("content-security-policy").starts_with("default-src 'none'"));
    let mut stranger = site.stranger();
    let sent = upload(&mut stranger, &place, &fields, paper).await.expect(303);
    assert!(sent.header("location").starts_with("/sign-in"), "{}", sent.header("location"));
    let mut technician = site.person("sample.service").await;
    let _ = upload(&mut technician, &place, &fields, paper).await.expect(403);
}

fn plain<'a>(name: &'a str, content: &'a [u8]) -> Sent<'a> {
    (name, "text/plain", content)
}

const IMPORT: &str = "/import-sessions/new";

async fn count(db: &TestDatabase, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(db.pool()).await.expect("a number")
}

#[tokio::test]
async fn files_are_imported_without_a_script() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let asked = page(&mut admin, IMPORT).await.expect(200);
    let shown = text(&asked);
    assert!(shown.contains("enctype=\"multipart/form-data\"") && !shown.contains("<noscript>"), "{shown}");
    assert!(shown.contains("name=\"file\" accept=\".csv,.xlsx,.json\" multiple"), "{shown}");
    let key = hidden(&asked, "key");
    let fields = [("key", key.as_str())];
    // What a browser calls them depends on what is installed.
    let files = [
        (
            "parts.csv",
            "application/vnd.ms-excel",
            &b"code,name,unit,lead_time_days\nPLAIN-P1,Plate,each,5\n"[..],
        ),
        (
            "More.JSON",
            "application/octet-stream",
            &br#"{"parts": {"PLAIN-P2": {"name": "Bracket", "type": "COMPONENT", "status": "ACTIVE"}}}"#[..],
        ),
    ];
    let begun = upload_all(&mut admin, IMPORT, &fields, &files).await.expect(303);
    let place = begun.header("location").to_owned();
    assert!(place.starts_with("/import-sessions/"), "{place}");
    let shown = text(&page(&mut admin, &place).await.expect(200));
    for told in ["parts.csv", "More.JSON", "PLAIN-P1", "PLAIN-P2", "form=\"import-commit\""] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let again = upload_all(&mut admin, IMPORT, &fields, &files).await.expect(303);
    assert_eq!(again.header("location"), place, "sent twice, it is one import");
    assert_eq!(count(&db, "SELECT count(*) FROM import_sessions").await, 1);
    assert_eq!(count(&db, "SELECT count(*) FROM import_contents").await, 2);
    assert_eq!(
        count(&db, "SELECT count(*) FROM document_contents WHERE created_by IS NOT NULL").await,
        2,
        "and its files are stored once"
    );
    let key = fresh(&mut admin, &place).await;
    let taken = form(&mut admin, &place, &[("key", &key), ("do", "commit")]).await.expect(303);
    assert_eq!(taken.header("location"), place);
    assert_eq!(count(&db, "SELECT count(*) FROM parts WHERE part_number LIKE 'PLAIN-P%'").await, 2);
}

#[tokio::test]
async fn what_is_no_import_is_refused_beside_its_field_and_nothing_of_it_is_kept() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let key = fresh(&mut admin, IMPORT).await;
    let fields = [("key", key.as_str())];
    let parts = &b"code,name,unit\nPLAIN-P1,Plate,each\n"[..];
    let large = vec![b'x'; 26 * 1024 * 1024];
    let numbered: Vec<String> = (1..=21).map(|number| format!("parts-{number}.csv")).collect();
    let many: Vec<_> = numbered.iter().map(|name| plain(name, parts)).collect();
    let good = plain("parts.csv", parts);
    for (files, told) in [
        (vec![plain("", b"")], "Choose at least one file."),
        (vec![good, plain("notes.txt", b"hello")], "notes.txt is no CSV, XLSX or JSON file."),
        (vec![good, plain("x.html", b"<script>")], "x.html is no CSV, XLSX or JSON file."),
        (vec![good, good], "Two of the files are called parts.csv."),
        (many, "At most 20 files are checked at a time."),
        (vec![good, plain("large.csv", &large)], "large.csv: The file is larger than 25 MB."),
        (vec![plain("empty.csv", b"")], "empty.csv: The content is empty."),
        (vec![plain("sheet.xlsx", b"no sheet")], "sheet.xlsx: The content is not "),
    ] {
        let refused = text(&upload_all(&mut admin, IMPORT, &fields, &files).await.expect(422));
        let beside = refused.split("id=\"file-error\"").nth(1).unwrap_or_default();
        let beside = beside.split("</p>").next().unwrap_or_default();
        assert!(beside.contains(told), "{told}: {refused}");
        assert!(refused.contains("aria-invalid=\"true\""), "{told}: {refused}");
    }
    assert_eq!(count(&db, "SELECT count(*) FROM import_sessions").await, 0);
    let kept = "SELECT count(*) FROM document_contents WHERE created_by IS NOT NULL";
    assert_eq!(count(&db, kept).await, 0, "nothing is stored of what is refused");
    let mut stranger = site.stranger();
    let sent = upload_all(&mut stranger, IMPORT, &fields, &[good]).await.expect(303);
    assert!(sent.header("location").starts_with("/sign-in"), "{}", sent.header("location"));
    let mut sales = site.person("sample.sales").await;
    let _ = upload_all(&mut sales, IMPORT, &fields, &[good]).await.expect(403);
}

#[tokio::test]
async fn a_document_is_made_with_its_file_found_by_its_words_and_goes_its_way() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut author = site.person("sample.quality").await;
    let asked = page(&mut author, "/documents/new").await.expect(200);
    let key = hidden(&asked, "key");
    let fields = |title: &'static str| {
        [
            ("key", key.as_str()),
            ("title", title),
            ("document_kind", "PROCEDURE"),
            ("access_level", "PUBLIC_TO_STAFF"),
            ("language", "EN"),
            ("owner_domain", "QUALITY"),
        ]
    };
    let file = ("torque.txt", "text/plain", &b"Tighten the quixotic bolts by hand."[..]);
    let refused = upload(&mut author, "/documents/new", &fields(""), file).await.expect(422);
    assert!(text(&refused).contains("id=\"title-error\""));
    // The file that was sent is there: nobody chooses it twice.
    assert!(text(&refused).contains("torque.txt is here already."), "{}", text(&refused));
    let (content, name) = (hidden(&refused, "content"), hidden(&refused, "file_name"));
    let kept = [fields("Bolts").as_slice(), &[("content", &content), ("file_name", &name)]].concat();
    let nothing = ("", "application/octet-stream", &b""[..]);
    let made = upload(&mut author, "/documents/new", &kept, nothing).await.expect(303);
    let place = made.header("location").split('?').next().unwrap_or_default().to_owned();
    assert!(place.starts_with("/document-versions/"), "{place}");
    let shown = page(&mut author, &place).await.expect(200);
    assert!(text(&shown).contains(&format!("action=\"{place}/submit\"")), "{}", text(&shown));
    let key = hidden(&shown, "key");
    let _ = form(&mut author, &format!("{place}/submit"), &[("key", &key)]).await.expect(303);
    // Its author does not decide.
    assert!(!text(&page(&mut author, &place).await.expect(200)).contains(&format!("{place}/approve")));
    let mut other = site.person("sample.production").await;
    assert!(text(&page(&mut other, &place).await.expect(200)).contains(&format!("{place}/approve")));
    let asked = page(&mut other, &format!("{place}/approve")).await.expect(200);
    let key = hidden(&asked, "key");
    let unproved = form(&mut other, &format!("{place}/approve"), &[("key", &key)]).await;
    assert!(
        unproved.status.is_client_error() && text(&unproved).contains("sheet-dialog"),
        "asked for its proof"
    );
    let found = text(&page(&mut author, "/documents/search?q=quixotic").await.expect(200));
    assert!(found.contains("<mark>") && found.contains("Bolts"), "{found}");
    let list = text(&page(&mut author, "/documents").await.expect(200));
    assert!(list.contains("href=\"/documents/search\""), "the list leads there: {list}");
    let anywhere = text(&page(&mut author, "/search?q=quixotic").await.expect(200));
    assert!(anywhere.contains("In the text of documents") && anywhere.contains("Bolts"), "{anywhere}");
}

#[tokio::test]
async fn a_cart_is_filled_submitted_decided_ordered_and_received() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut service = site.person("sample.service").await;
    let asked = service.get("//service-orders/new").await.expect(200);
    let once = hidden(&asked, "once");
    let made = form(&mut service, "/service-orders/new", &[("once", &once), ("customer_code", "STELMO")])
        .await
        .expect(303);
    let place = made.header("location").to_owned();
    let found = page(&mut service, &format!("{place}?q=DL27")).await.expect(200);
    let code = hidden(&found, "item_code");
    assert!(!code.is_empty(), "{}", text(&found));
    let items = format!("{place}/items");
    let put = |quantity: &'static str, key: String, code: String| {
        [("key", key), ("item_code", code), ("quantity", quantity.to_owned()), ("was", "3".to_owned())]
    };
    let key = |reply: &Reply| hidden(reply, "key");
    for wrong in ["nothing", "1e3"] {
        let fields = put(wrong, key(&found), code.clone());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = form(&mut service, &items, &fields).await;
        assert_eq!(refused.status.as_u16(), 422, "{wrong}: {}", text(&refused));
    }
    let fields = put("3", key(&page(&mut service, &place).await), code.clone());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = form(&mut service, &items, &fields).await.expect(303);
    let shown = page(&mut service, &place).await.expect(200);
    assert!(text(&shown).contains(&code));
    // Taken out by a nought, it can be put back.
    let fields = put("0", key(&shown), code.clone());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let removed = form(&mut service, &items, &fields).await.expect(303);
    let shown = page(&mut service, removed.header("location")).await.expect(200);
    assert_eq!((hidden(&shown, "item_code"), hidden(&shown, "quantity")), (code.clone(), "3".to_owned()));
    let fields = put("3", key(&shown), code.clone());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = form(&mut service, &items, &fields).await.expect(303);
    let shown = page(&mut service, &place).await.expect(200);
    let key_ = key(&shown);
    let _ = form(&mut service, &format!("{place}/submit"), &[("key", &key_)]).await.expect(303);

    let mut production = site.person("sample.production").await;
    let shown = page(&mut production, &place).await.expect(200);
    let (asked_for, quantity) = (format!("asked:{code}"), format!("quantity:{code}"));
    let key_ = key(&shown);
    let mut less = vec![
        ("key", key_.as_str()),
        ("approve", "true"),
        (asked_for.as_str(), "3"),
        (quantity.as_str(), "2"),
    ];
    let refused = form(&mut production, &format!("{place}/decide"), &less).await.expect(422);
    assert!(text(&refused).contains("id=\"reason-error\""), "fewer than asked for needs a reason");
    assert!(text(&refused).contains(&format!("name=\"{quantity}\" value=\"2\"")), "{}", text(&refused));
    assert_eq!(hidden(&refused, &asked_for), "3", "what was asked for is still that");
    less.push(("reason", "two are enough"));
    let _ = form(&mut production, &format!("{place}/decide"), &less).await.expect(303);
    let shown = page(&mut production, &place).await.expect(200);
    let key_ = key(&shown);
    let _ = form(&mut production, &format!("{place}/ship"), &[("key", &key_)]).await.expect(303);
    let shown = page(&mut service, &place).await.expect(200);
    let key_ = key(&shown);
    let _ = form(&mut service, &format!("{place}/receive"), &[("key", &key_)]).await.expect(303);
    let state: (String, String) = sqlx::query_as(
        "SELECT o.state, trim_scale(i.quantity_approved)::text FROM service_orders o JOIN service_order_items i USING (service_order_id)",
    )
    .fetch_one(db.pool())
    .await
    .expect("an order");
    assert_eq!((state.0.as_str(), state.1.as_str()), ("RECEIVED", "2"));
}
