//! The way in: setup, sign-in, second factor, forced change, and what is said when something is wrong.

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::{Setup, key};
use crate::look::{look, look_at};
use crate::people::{code_at, confirm, now, serve, set_up, sign_in, sign_in_completely, sign_out};

#[tokio::test]
async fn from_the_setup_code_to_the_home_page() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = served.browser().await;

    browser.open("/").await;
    assert_eq!(browser.place().await, "/sign-in", "nobody is signed in");
    browser.open("/account").await;
    assert_eq!(browser.place().await, "/sign-in?next=%2Faccount");
    let (secret, codes) = set_up(&browser, &served).await;
    assert_eq!(browser.value("login").await, "admin", "the login is there already");
    assert_eq!(browser.focus().await, "password");
    assert!(browser.text(".notice").await.contains("Your account is set up"));

    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/second-factor").await;
    assert_eq!(browser.focus().await, "code");
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    browser.wait_for("/").await;
    assert_eq!(browser.text("h1").await, "Administration");
    assert!(browser.text(".nav-me").await.contains("Administrator"), "{}", browser.text(".nav-me").await);

    // Whoever is signed in is not asked again.
    browser.open("/sign-in?next=/account").await;
    assert_eq!(browser.place().await, "/account");
    sign_out(&browser).await;
    assert!(browser.text(".notice").await.contains("You are signed out"));

    // A recovery code instead of the authenticator.
    sign_in(&browser, "admin", PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.click(".aside a").await;
    browser.wait_for("/sign-in/second-factor?with=recovery").await;
    browser.fill("recovery_code", "WRONG-WRONG").await;
    browser.send().await;
    assert!(browser.text("#recovery_code-error").await.contains("not right"));
    browser.fill("recovery_code", &codes[0]).await;
    browser.send().await;
    browser.wait_for("/").await;
    browser.is_content().await;
}

#[tokio::test]
async fn the_page_that_was_asked_for_comes_after_the_sign_in() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    browser.open("/account").await;
    assert!(browser.text(".notice").await.contains("Sign in to see this page"));
    browser.fill("login", "sample.sales").await;
    browser.fill("password", "not the password").await;
    browser.send().await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/account").await;

    // A session that is over is said to be over, and the way goes on.
    served.ends_sessions().await;
    browser.open("/account/password").await;
    browser.wait_for("/sign-in?because=session-over&next=%2Faccount%2Fpassword").await;
    assert!(browser.text(".notice").await.contains("Your session is over"));

    // Only own places are gone to.
    browser.open("/sign-in?next=https://evil.example/").await;
    assert_eq!(browser.value("next").await, "/");
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_on_top() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    let browser = served.browser().await;
    browser.open("/sign-in").await;
    browser.send().await;
    assert_eq!(browser.texts(".notice.bad li").await, ["Enter your login.", "Enter your password."]);
    assert_eq!(browser.text("#login-error").await, "Enter your login.");
    assert_eq!(browser.focus().await, "login");
    assert!(browser.title().await.starts_with("Error: Sign in"));

    browser.fill("login", "sample.sales").await;
    browser.fill("password", "not the password").await;
    browser.send().await;
    assert_eq!(browser.value("login").await, "sample.sales", "what was typed is kept");
    assert_eq!(browser.value("password").await, "", "but for the password");
    assert_eq!(browser.focus().await, "password");
    assert!(browser.text("#password-error").await.contains("not right"));
    look(&browser, "sign-in-refused").await;

    // Guesses become slow, and the page says for how long.
    for _ in 0..20 {
        browser.fill("password", "not the password").await;
        browser.send().await;
        if browser.text(".notice.bad").await.contains("The next one is possible in") {
            browser.is_content().await;
            return;
        }
    }
    panic!("one can guess as often as one likes: {}", browser.text("main").await);
}

#[tokio::test]
async fn an_administrators_wish_for_a_new_password_comes_first() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    served.without_second_factors().await;
    served.run("UPDATE users SET must_change_password = true WHERE login = 'sample.sales'").await;
    let browser = served.browser().await;
    sign_in(&browser, "sample.sales", PASSWORD).await;
    browser.wait_for("/sign-in/password").await;
    browser.open("/account").await;
    browser.wait_for("/sign-in/password?next=%2Faccount").await;
    for (bad, said) in
        [(PASSWORD, "You used this password before"), ("short", "at least"), ("password password", "common")]
    {
        browser.fill("new_password", bad).await;
        browser.send().await;
        assert!(browser.text(".notice.bad").await.contains(said), "{bad}: {}", browser.text("main").await);
    }
    browser.fill("new_password", "seven lanterns above the harbour").await;
    browser.send().await;
    browser.wait_for("/account").await;
}

#[tokio::test]
async fn whoever_lost_the_second_factor_sets_up_another_at_the_sign_in() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    let browser = served.browser().await;
    sign_in(&browser, "sample.sales", PASSWORD).await;
    browser.wait_for("/sign-in/authenticator").await;
    let first = browser.text(".secret").await;
    browser.click(".aside button").await;
    // The page leads to itself: the other secret is waited for.
    let mut secret = first.clone();
    for _ in 0..100 {
        secret = browser.text(".secret").await;
        if secret != first {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_ne!(secret, first, "another QR code is another secret");
    browser.fill("code", "000000").await;
    browser.send().await;
    assert!(browser.text("#code-error").await.contains("not right"));
    assert_eq!(browser.text(".secret").await, secret, "a mistyped code does not make another one");
    browser.fill("code", &code_at(&secret.replace(' ', ""), now())).await;
    browser.send().await;
    assert_eq!(browser.texts(".codes code").await.len(), 10);
    browser.send().await;
    browser.wait_for("/").await;
    browser.is_content().await;
}

#[tokio::test]
async fn the_keyboard_alone_signs_in_and_out() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    browser.open("/sign-in").await;
    assert_eq!(browser.focus().await, "login", "the first field has the focus");
    browser.press("sample.sales").await;
    browser.press(key::TAB).await;
    assert_eq!(browser.focus().await, "password");
    browser.press(PASSWORD).await;
    browser.press(key::ENTER).await;
    browser.wait_for("/").await;

    // The first stop leads past the navigation; each stop shows where it is.
    browser.press(key::TAB).await;
    assert_eq!(browser.focus().await, "#main");
    for _ in 0..60 {
        browser.press(key::TAB).await;
        let is_menu =
            browser.script("return document.activeElement.matches('.nav-me > summary')", &[]).await == true;
        let is_end = browser
            .script("return document.activeElement.matches('form[action=\"/sign-out\"] button')", &[])
            .await
            == true;
        if is_menu || is_end {
            browser.press(key::ENTER).await;
        }
        if is_end {
            browser.wait_for("/sign-in?because=signed-out").await;
            return;
        }
    }
    panic!("the keyboard does not reach the button that signs out");
}

#[tokio::test]
async fn everything_works_without_scripts() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = served.browser_with(Setup { scripts: false, ..Setup::default() }).await;
    let (secret, _) = set_up(&browser, &served).await;
    browser.open("/sign-in").await;
    assert_eq!(browser.text(".reveal").await, "", "what needs a script is not there");
    sign_in_completely(&browser, &secret).await;
    assert_eq!(browser.text("h1").await, "Administration");
    sign_out(&browser).await;
}

#[tokio::test]
async fn a_password_can_be_looked_at_while_it_is_typed() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = served.browser().await;
    browser.open("/sign-in").await;
    browser.fill("password", "visible").await;
    let kind = async || browser.property("#password", "type").await;
    assert_eq!(kind().await, "password");
    browser.click(".reveal").await;
    assert_eq!((kind().await.as_str(), browser.text(".reveal").await.as_str()), ("text", "Hide"));
    browser.click(".reveal").await;
    assert_eq!(kind().await, "password");
}

#[tokio::test]
async fn the_language_is_that_of_the_browser_until_somebody_chooses() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    served.without_second_factors().await;
    let browser = served.browser_with(Setup { language: "fr-CA,fr", ..Setup::default() }).await;
    browser.open("/sign-in").await;
    assert_eq!(browser.text("h1").await, "Connexion");
    assert_eq!(browser.property("html", "lang").await, "fr");
    browser.send().await;
    assert_eq!(browser.text("#login-error").await, "Saisissez votre identifiant.");
    browser.open("/sign-in?lang=en").await;
    assert_eq!(browser.text("h1").await, "Sign in");
    browser.open("/sign-in").await;
    assert_eq!(browser.text("h1").await, "Sign in", "the choice is kept");
    served.run("UPDATE users SET language = 'FR' WHERE login = 'sample.sales'").await;
    sign_in(&browser, "sample.sales", PASSWORD).await;
    browser.wait_for("/").await;
    assert_eq!(browser.text("h1").await, "Ventes", "the person's own language goes before it");
    assert!(browser.text(".nav-me").await.contains("Responsable des ventes"));
}

#[tokio::test]
async fn each_step_of_a_setup_is_looked_at() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = served.browser().await;
    browser.open("/sign-in/setup").await;
    browser.send().await;
    look(&browser, "setup-1-refused").await;
    browser.fill("code", &served.setup_code().await).await;
    browser.send().await;
    browser.wait_for("/sign-in/password").await;
    look_at(&browser, "setup-2-password", "/sign-in/password").await;
    browser.fill("new_password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/authenticator").await;
    look_at(&browser, "setup-3-authenticator", "/sign-in/authenticator").await;
    let secret = browser.text(".secret").await.replace(' ', "");
    confirm(&browser, &secret).await;
    look(&browser, "setup-4-recovery-codes").await;
    look_at(&browser, "setup-4-finish", "/sign-in/finish").await;
    browser.fill("display_name", "Ada Admin").await;
    browser.send().await;
    browser.wait_for("/sign-in?because=setup-done").await;
    look(&browser, "sign-in-after-setup").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/second-factor").await;
    look_at(&browser, "second-factor", "/sign-in/second-factor").await;
    look_at(&browser, "second-factor-recovery", "/sign-in/second-factor?with=recovery").await;
}
