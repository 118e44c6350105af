//! A site with people who can sign in, and what their authenticators show.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sqlx::AssertSqlSafe;
use torvan_server::incoming::SESSION_COOKIE;
use torvan_testing::TestDatabase;
use torvan_tests::person;
use torvan_tests::site::{PASSWORD, Site};

use crate::browser::{Browser, Setup};

/// Seconds of now.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// The code that an authenticator shows: RFC 6238, apart from the product's library.
pub(crate) fn code_at(secret: &str, unix_seconds: u64) -> String {
    let key =
        base32::decode(base32::Alphabet::Rfc4648 { padding: false }, secret).expect("a secret in base32");
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("a key");
    mac.update(&(unix_seconds / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let offset = usize::from(mac[19] & 0x0f);
    let number = u32::from_be_bytes([mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// A site that a browser finds under the name of this machine.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) db: TestDatabase,
    pub(crate) site: Site,
    pub(crate) url: String,
}

/// Serves a database.
pub(crate) async fn serve(db: TestDatabase) -> Served {
    let site = Site::new(&db).await;
    let url = site.listen().await.replace("127.0.0.1", "localhost");
    Served { db, site, url }
}

impl Served {
    /// A browser that nobody has signed in with.
    pub(crate) async fn browser(&self) -> Browser {
        self.browser_with(Setup::default()).await
    }

    /// As [`Served::browser`], set up otherwise.
    pub(crate) async fn browser_with(&self, setup: Setup) -> Browser {
        Browser::at(&self.url, setup).await
    }

    /// A browser in which somebody with this role is signed in completely.
    pub(crate) async fn browser_of(&self, role: &str) -> Browser {
        let browser = self.browser().await;
        self.sign_in_as(&browser, role).await;
        browser
    }

    /// Signs somebody with this role in, past the password.
    pub(crate) async fn sign_in_as(&self, browser: &Browser, role: &str) {
        let client = self.site.person(person(role)).await;
        browser.keep(SESSION_COOKIE, client.cookie(SESSION_COOKIE).expect("a session")).await;
    }

    /// A setup code of the first Administrator.
    pub(crate) async fn setup_code(&self) -> String {
        self.read("SELECT bootstrap_administrator()").await
    }

    /// Gives a sample person a password.
    pub(crate) async fn with_password(&self, login: &str) {
        sqlx::query("INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, $2 FROM users WHERE login = $1 ON CONFLICT DO NOTHING")
            .bind(login)
            .bind(self.site.password_hash())
            .execute(self.db.pool())
            .await
            .expect("a password");
        self.run("UPDATE users SET password_changed_at = now() WHERE password_changed_at IS NULL").await;
    }

    /// Second factors are not asked for.
    pub(crate) async fn without_second_factors(&self) {
        self.run("UPDATE security_settings SET switch_value = false WHERE setting_code = 'mfa_required'")
            .await;
    }

    /// All sessions have rested for too long.
    pub(crate) async fn ends_sessions(&self) {
        self.run("UPDATE user_sessions SET last_seen_at = now() - interval '1 day' WHERE ended_at IS NULL")
            .await;
    }

    /// Changes the database by its owner.
    pub(crate) async fn run(&self, statement: &str) {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(self.db.pool())
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// Reads a text from the database.
    pub(crate) async fn read(&self, statement: &str) -> String {
        torvan_tests::text(self.db.pool(), statement).await
    }

    /// Waits until a statement answers this: for what the server does behind a page.
    pub(crate) async fn has_in_the_end(&self, statement: &str, expected: &str) {
        for _ in 0..200 {
            if self.read(statement).await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {expected}: {statement}");
    }
}

/// Signs in with login and password.
pub(crate) async fn sign_in(browser: &Browser, login: &str, password: &str) {
    browser.open("/sign-in").await;
    browser.fill("login", login).await;
    browser.fill("password", password).await;
    browser.send().await;
}

/// Shows that the authenticator with this secret is there, by a code of the past: the present one is then still unused at the sign-in.
/// Once more where that one became too old on its way.
pub(crate) async fn confirm(browser: &Browser, secret: &str) {
    for _ in 0..2 {
        browser.fill("code", &code_at(secret, now() - 30)).await;
        browser.send().await;
        if !browser.has("[name=code]").await {
            return;
        }
    }
    panic!("the code was refused: {}", browser.text("main").await);
}

/// Sets the first Administrator up, as a person does; returns the secret of the authenticator and the recovery codes.
pub(crate) async fn set_up(browser: &Browser, served: &Served) -> (String, Vec<String>) {
    browser.open("/sign-in/setup").await;
    browser.fill("code", &served.setup_code().await).await;
    browser.send().await;
    browser.wait_for("/sign-in/password").await;
    browser.fill("new_password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/authenticator").await;
    let secret = browser.text(".secret").await.replace(' ', "");
    confirm(browser, &secret).await;
    let codes = browser.texts(".codes code").await;
    assert_eq!(codes.len(), 10, "{codes:?}");
    browser.fill("display_name", "Ada Admin").await;
    browser.send().await;
    browser.wait_for("/sign-in?because=setup-done").await;
    (secret, codes)
}

/// Signs the first Administrator in with the authenticator.
pub(crate) async fn sign_in_completely(browser: &Browser, secret: &str) {
    sign_in(browser, "admin", PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.fill("code", &code_at(secret, now())).await;
    browser.send().await;
    browser.wait_for("/").await;
}

/// Signs out by the own menu.
pub(crate) async fn sign_out(browser: &Browser) {
    browser.click(".nav-me > summary").await;
    browser.click("form[action=\"/sign-out\"] button").await;
    browser.wait_for("/sign-in?because=signed-out").await;
}

/// Somebody signs in with the password alone.
pub(crate) async fn somebody(served: &Served, login: &str) -> Browser {
    served.with_password(login).await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    sign_in(&browser, login, PASSWORD).await;
    browser.wait_for("/").await;
    browser
}
