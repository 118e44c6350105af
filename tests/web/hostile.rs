//! Texts that want to be more than text: each goes into every field of every form and into every query, and is looked for on
//! every page. None may run, none may become an element or an attribute, and none may come so far that the security policy
//! has to stop it.

use std::time::Duration;

use serde_json::{Value, json};
use torvan_server::incoming::SESSION_COOKIE;
use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::{Browser, Setup};
use crate::pages::{NOBODY, PAGES, another_order, filled, furnished};
use crate::people::{Served, code_at, confirm, now, serve, sign_in};

const CORPUS: &str = include_str!("hostile.txt");

/// Names of values in the query that pages look at, beside the fields of their forms.
const QUERY: [&str; 4] = ["next", "because", "done", "with"];

fn texts() -> impl Iterator<Item = &'static str> {
    CORPUS.lines().filter(|line| !line.is_empty())
}

/// Forms of newer pages with texts of their own: the others there are made by the templates of those that [`PAGES`] names.
const LISTS: [(&str, &str); 6] = [
    ("ADMINISTRATOR", "/users/end-sessions/bulk?id=sample.service"),
    ("SALES_MANAGER", "/views/new?list=/orders&query=view%3Dlate"),
    ("SALES_MANAGER", "/orders/bulk?act=note&id={order_id}"),
    ("SALES_MANAGER", "/orders/{order_id}?panel=notes"),
    ("PRODUCTION_MANAGER", "/builds/{sample_build}/pick-list/issue"),
    ("PRODUCTION_MANAGER", "/builds/{sample_build}/pick-list/return"),
];

/// As [`LISTS`]: contacts, documents, and what is ordered for a sink that is there already.
const PAPERS: [(&str, &str); 8] = [
    ("QC_INSPECTOR", "/documents/new"),
    ("QC_INSPECTOR", "/documents/search?q=torque"),
    ("CUSTOMER_SERVICE", "/service-orders/{service_order_id}?q=DL27"),
    ("PRODUCTION_MANAGER", "/document-versions/{document_version_id}/reject"),
    ("PRODUCTION_MANAGER", "/document-versions/{document_version_id}"),
    ("SALES_MANAGER", "/customers/{customer_id}/contacts/new"),
    ("SALES_MANAGER", "/customers/{customer_id}/contacts/{subject_id}/edit"),
    ("SALES_MANAGER", "/customers/{customer_id}/contacts/{subject_id}/address"),
];

/// What came of a text, in the page that is shown now; nothing while a form is on its way.
const FOUND: &str = r#"
    if (window.torvanSent) return null;
    const ran = localStorage.getItem("ran");
    const made = [...document.querySelectorAll("x-ran, [data-ran], main script, main iframe, main object, base, meta[http-equiv]")];
    const away = [...document.links, ...document.forms].filter((one) => /^(javascript|data):|evil\.example$/i.test(one.host ?? "") || /^(javascript|data):|^https?:\/\/evil\.example/i.test(one.href ?? one.getAttribute("action")));
    return { ran, made: [...made, ...away].map((one) => one.outerHTML.slice(0, 200)), violations: window.torvanSeen.violations };
"#;

/// What runs does not depend on how a page looks, and there are thousands of them.
async fn bare(served: &Served) -> Browser {
    served.browser_with(Setup { looks: false, ..Setup::default() }).await
}

async fn is_text_alone(browser: &Browser, what: &str) {
    let mut found = browser.script(FOUND, &[]).await;
    for _ in 0..1_000 {
        if !found.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        found = browser.script(FOUND, &[]).await;
    }
    let harmless = json!({"ran": null, "made": [], "violations": []});
    assert_eq!(found, harmless, "{what} at {}", browser.place().await);
}

/// Texts that each value of a query is tried with, at least.
const EACH: usize = 4;

/// The path with another text in each value of its query, until every text was there, and each value had some of them.
fn queries(path: &str, names: &[&str]) -> Vec<String> {
    let texts: Vec<&str> = texts().collect();
    let sign = if path.contains('?') { '&' } else { '?' };
    let query = |round: usize| {
        let texts = texts.iter().cycle().skip(round * names.len());
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(names.iter().zip(texts)).finish();
        format!("{path}{sign}{query}")
    };
    (0..texts.len().div_ceil(names.len()).max(EACH)).map(query).collect()
}

/// Puts every text into every form of the page that is shown, and into its query. A form that only asks stands in the address.
async fn attack(served: &Served, browser: &Browser, page: &str) {
    let mut path = filled(served, page).await;
    browser.open(&path).await;
    let forms = browser.script(include_str!("hostile.js"), &[]).await;
    let forms: Vec<(bool, Vec<String>)> = serde_json::from_value(forms).expect("forms with names of fields");
    let names: Vec<&str> =
        forms.iter().flat_map(|(_, names)| names).map(String::as_str).chain(QUERY).collect();
    for query in queries(&path, &names) {
        browser.open(&query).await;
        is_text_alone(browser, &query).await;
    }
    let sent = forms.iter().enumerate().filter(|(_, (is_sent, names))| *is_sent && !names.is_empty());
    for (place, (_, names)) in sent {
        let mut taken = 0;
        for text in texts() {
            let values = [json!(place), json!(names), json!(text)];
            // A refused form is there again, filled.
            let mut is_sent = put(browser, &values).await;
            if !is_sent {
                browser.open(&path).await;
                is_sent = put(browser, &values).await;
            }
            // What was done for good is done again with another order; what is not offered then, takes no text.
            if !is_sent {
                another_order(served).await;
                path = filled(served, page).await;
                browser.open(&path).await;
                is_sent = put(browser, &values).await;
            }
            if !is_sent {
                break;
            }
            taken += 1;
            is_text_alone(browser, text).await;
            served.run("DELETE FROM login_attempts").await;
        }
        assert!(taken > 0, "form {place} of {path} took no text");
    }
}

/// Fills a form with a text and sends it; says whether it is there.
async fn put(browser: &Browser, values: &[Value]) -> bool {
    browser.script(include_str!("hostile.js"), values).await == json!(true)
}

/// Attacks the pages whose first role is this one, then looks at all that it can see.
async fn as_role(role: &str) {
    let served = furnished().await;
    let browser = bare(&served).await;
    for (_, path, _) in PAGES.iter().filter(|(_, _, roles)| roles[0] == role) {
        if role != NOBODY {
            // A form may have ended the session, or changed the password.
            served.sign_in_as(&browser, role).await;
        }
        attack(&served, &browser, path).await;
    }
    if role != NOBODY {
        served.sign_in_as(&browser, role).await;
    }
    for (_, path, _) in PAGES.iter().filter(|(_, _, roles)| roles.contains(&role)) {
        browser.open(&filled(&served, path).await).await;
        is_text_alone(&browser, "what is stored").await;
    }
    nothing_was_stopped(&browser).await;
}

/// The security policy had nothing to do.
async fn nothing_was_stopped(browser: &Browser) {
    let refused = browser.complaints().await;
    let by_policy: Vec<_> =
        refused.iter().filter(|message| message.contains("Content Security Policy")).collect();
    assert!(by_policy.is_empty(), "{by_policy:?}");
}

#[tokio::test]
async fn hostile_texts_before_the_sign_in() {
    as_role(NOBODY).await;
}

#[tokio::test]
async fn hostile_texts_of_an_administrator() {
    as_role("ADMINISTRATOR").await;
}

#[tokio::test]
async fn hostile_texts_of_sales() {
    as_role("SALES_MANAGER").await;
}

#[tokio::test]
async fn hostile_texts_of_production() {
    as_role("PRODUCTION_MANAGER").await;
}

#[tokio::test]
async fn hostile_texts_of_a_technician() {
    as_role("ASSEMBLY_TECHNICIAN").await;
}

/// Attacks forms, then looks at what came of it where it is shown.
async fn in_forms(forms: &[(&str, &str)], shown: &[(&str, &str)]) {
    let served = furnished().await;
    let browser = bare(&served).await;
    for (role, path) in forms {
        served.sign_in_as(&browser, role).await;
        attack(&served, &browser, path).await;
    }
    for (role, path) in forms.iter().chain(shown) {
        served.sign_in_as(&browser, role).await;
        browser.open(&filled(&served, path).await).await;
        is_text_alone(&browser, "what is stored").await;
    }
    nothing_was_stopped(&browser).await;
}

#[tokio::test]
async fn hostile_texts_in_views_notes_and_many_orders() {
    in_forms(
        &LISTS,
        &[("SALES_MANAGER", "/orders"), ("ASSEMBLY_TECHNICIAN", "/orders/{order_id}?panel=notes")],
    )
    .await;
}

#[tokio::test]
async fn hostile_texts_in_documents_and_carts() {
    in_forms(&PAPERS, &[("QC_INSPECTOR", "/documents"), ("PRODUCTION_MANAGER", "/service-orders")]).await;
}

#[test]
fn no_page_of_the_table_is_left_to_nobody() {
    let attacked = [NOBODY, "ADMINISTRATOR", "SALES_MANAGER", "PRODUCTION_MANAGER", "ASSEMBLY_TECHNICIAN"];
    assert!(PAGES.iter().all(|(_, _, roles)| attacked.contains(&roles[0])));
}

#[tokio::test]
async fn hostile_names_and_devices_are_shown_as_they_are() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    for text in texts() {
        for statement in [
            "UPDATE users SET display_name = $1 WHERE login = 'sample.sales'",
            "UPDATE user_sessions SET device_label = $1 WHERE ended_at IS NULL",
        ] {
            sqlx::query(statement).bind(text).execute(served.db.pool()).await.expect("written");
        }
        for path in ["/", "/account"] {
            browser.open(path).await;
            is_text_alone(&browser, text).await;
        }
        let shown = browser
            .script(
                "return document.querySelector('#sessions').textContent.includes(arguments[0])",
                &[text.into()],
            )
            .await;
        assert_eq!(shown, json!(true), "{text}");
    }
    browser.is_content().await;
}

#[tokio::test]
async fn hostile_texts_in_the_steps_of_a_sign_in() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    let browser = bare(&served).await;
    sign_in(&browser, "sample.sales", PASSWORD).await;
    browser.wait_for("/sign-in/authenticator").await;
    let secret = browser.text(".secret").await.replace(' ', "");
    attack(&served, &browser, "/sign-in/authenticator").await;
    browser.open("/sign-in/authenticator").await;
    assert_eq!(
        browser.text(".secret").await.replace(' ', ""),
        secret,
        "texts that are no codes change nothing"
    );
    confirm(&browser, &secret).await;
    browser.forget(SESSION_COOKIE).await;
    served.run("DELETE FROM login_attempts").await;
    sign_in(&browser, "sample.sales", PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    attack(&served, &browser, "/sign-in/second-factor").await;
    served.run("UPDATE users SET must_change_password = true WHERE login = 'sample.sales'").await;
    browser.open("/sign-in/second-factor").await;
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    browser.wait_for("/sign-in/password").await;
    browser.open("/sign-in/password?next=javascript:ran(1)").await;
    is_text_alone(&browser, "the next place").await;
}

#[tokio::test]
async fn what_would_run_is_found() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = served.browser().await;
    browser.open("/sign-in").await;
    browser.script("document.querySelector('main').innerHTML += '<x-ran></x-ran>'; ran(1); alert(2); const made = document.createElement('script'); made.textContent = 'ran(3)'; document.body.append(made)", &[]).await;
    let found = browser.script(FOUND, &[]).await;
    assert_eq!(
        (&found["ran"], &found["made"]),
        (&json!("2"), &json!(["<x-ran></x-ran>"])),
        "the policy stops what is inline"
    );
    assert_eq!(found["violations"].as_array().map(Vec::len), Some(1), "{found}");
    assert!(!browser.complaints().await.is_empty());
}
