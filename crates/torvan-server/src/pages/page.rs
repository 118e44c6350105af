//! What every page has: its reader's language, its title, who is signed in, and how it becomes an answer.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::identity::Person;

use super::components::{Avatar, Icon, Toast, Tone, Undo};
use super::flash::Done;
use super::places::{self, NavGroup};
use super::{assets, data, numbers, once, way};
use crate::credentials::token::csrf_token;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::identity::fault;
use crate::identity::session::session_token;
use crate::incoming::Incoming;
use crate::words::{self, LANGUAGES, Language, Words};

/// Cookie with the language that somebody chose before signing in.
pub(super) const LANGUAGE_COOKIE: &str = "__Host-torvan-language";
/// Cookie with the language that a person chose for this browser: `fr-12`, good for the person with this key only.
pub(super) const OWN_LANGUAGE_COOKIE: &str = "__Host-torvan-own-language";
/// Cookie with the theme of this browser.
const THEME_COOKIE: &str = "__Host-torvan-theme";

/// Cookie with the heights of rows that a person chose for this browser: `12:/parts=compact:/customers=roomy`.
const HEIGHTS_COOKIE: &str = "__Host-torvan-rows";

/// Seconds for which a choice is kept.
const CHOICE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// Themes that can be chosen, with their icons and the keys of their names; without one, what the device has.
pub(crate) const THEMES: [(&str, &str, Icon); 3] = [
    ("auto", "theme-auto", Icon("monitor")),
    ("light", "theme-light", Icon("sun")),
    ("dark", "theme-dark", Icon("moon")),
];

/// What every page says.
#[derive(Debug)]
pub(crate) struct Page {
    /// Words in the reader's language.
    pub(crate) words: Words,
    /// Title, without the product's name.
    pub(crate) title: String,
    /// The page's own place, for the links to the other languages.
    here: Vec<(String, String)>,
    path: String,
    /// `light` or `dark` where one was chosen.
    pub(crate) theme: Option<&'static str>,
    /// Whether the page needs the width: then the navigation is a rail.
    pub(crate) is_wide: bool,
    /// Whether something was wrong with what was sent.
    has_error: bool,
    /// What was just done.
    pub(crate) toast: Option<Toast>,
    /// Who is signed in.
    pub(crate) me: Option<Me>,
}

/// A link to the same page in another language.
#[derive(Debug)]
pub(crate) struct LanguageLink {
    /// Code of the language.
    pub(crate) code: &'static str,
    /// As it calls itself.
    pub(crate) name: &'static str,
    /// Where.
    pub(crate) href: String,
    /// Whether the page is in it.
    pub(crate) is_this: bool,
}

/// The language that a request is answered in: the one that it asks for, that of the person, the one chosen before, or what the
/// browser likes.
pub(crate) fn language_of(incoming: &Incoming, person: Option<&Person>) -> Language {
    let asked = incoming.query.iter().find(|(name, _)| name == "lang").map(|(_, value)| value.as_str());
    let asked = asked.and_then(Language::named);
    let for_here = person.and_then(|person| own_language(incoming, person));
    let own = person.and_then(|person| Language::named(&person.language));
    let chosen = incoming.cookie(LANGUAGE_COOKIE).and_then(Language::named);
    asked.or(for_here).or(own).or(chosen).unwrap_or_else(|| {
        Language::accepted(incoming.header(header::ACCEPT_LANGUAGE.as_str()).unwrap_or_default())
    })
}

/// The language that this person chose for this browser.
fn own_language(incoming: &Incoming, person: &Person) -> Option<Language> {
    let (code, user_id) = incoming.cookie(OWN_LANGUAGE_COOKIE)?.split_once('-')?;
    Language::named(code).filter(|_| user_id.parse() == Ok(person.user_id))
}

/// The theme that was chosen for this browser.
fn theme_of(incoming: &Incoming) -> Option<&'static str> {
    let chosen = incoming.cookie(THEME_COOKIE)?;
    THEMES.iter().map(|(code, ..)| *code).find(|code| *code == chosen && *code != "auto")
}

impl Page {
    /// A page for somebody who is not signed in, or not completely.
    pub(crate) fn open(incoming: &Incoming, person: Option<&Person>, title: &str) -> Self {
        let words = Words::new(language_of(incoming, person));
        let here = incoming.query.iter().filter(|(name, _)| name != "lang").cloned().collect();
        Self {
            words,
            title: words.say(title),
            here,
            path: way::path_of(incoming),
            theme: theme_of(incoming),
            is_wide: false,
            has_error: false,
            toast: None,
            me: None,
        }
    }

    /// A page in the product's frame.
    pub(crate) async fn signed_in(
        incoming: &Incoming,
        context: &mut Context,
        person: &Person,
        title: &str,
    ) -> Result<Self, Problem> {
        let mut page = Self::open(incoming, Some(person), title);
        let me = Me::read(incoming, context, person, &page).await?;
        page.words = page.words.by_clocks_of(&me.frame.time_zone);
        page.me = Some(me);
        if let Some(done) = Done::of(incoming) {
            done.tell(&mut page);
        }
        Ok(page)
    }

    /// A page about an error, of which nothing is known but the language.
    pub(crate) fn bare(language: Language, title: String) -> Self {
        Self {
            words: Words::new(language),
            title,
            here: Vec::new(),
            path: "/".to_owned(),
            theme: None,
            is_wide: false,
            has_error: false,
            toast: None,
            me: None,
        }
    }

    /// The title of the window says it too when something was wrong: a reader who hears the page hears it first. The heading stays
    /// what it was.
    pub(crate) fn with_error(&mut self) {
        self.has_error = true;
    }

    /// Title of the window.
    pub(crate) fn window_title(&self) -> String {
        if !self.has_error {
            return self.title.clone();
        }
        self.words.say_with("title-with-error", &[("title", self.title.clone().into())])
    }

    /// Whether the reader cannot sign yet, because nobody verified who they are.
    pub(crate) fn cannot_sign(&self) -> bool {
        self.me.as_ref().is_some_and(|me| me.frame.awaits_verification)
    }

    /// The time zone of the plant; before the sign-in UTC.
    pub(crate) fn zone(&self) -> String {
        self.me.as_ref().map_or_else(|| "UTC".to_owned(), |me| me.frame.time_zone.clone())
    }

    /// A text.
    pub(crate) fn t(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// A text with a value.
    pub(crate) fn tv(&self, key: &str, name: &'static str, value: impl Into<words::Value>) -> String {
        self.words.say_with(key, &[(name, value.into())])
    }

    /// The day at the plant; before the sign-in that of UTC.
    pub(crate) fn today(&self) -> NaiveDate {
        self.me.as_ref().map_or_else(|| Utc::now().date_naive(), |me| me.frame.today)
    }

    /// Days until a day; less than nought when it is past.
    pub(crate) fn days_until(&self, day: NaiveDate) -> i64 {
        (day - self.today()).num_days()
    }

    /// A number with its thousands apart.
    pub(crate) fn number(&self, number: i64) -> String {
        numbers::number(self.words, &number.to_string())
    }

    /// The number of a purchase order, and that it is one where it does not say so itself.
    pub(crate) fn purchase_order(&self, number: &str) -> String {
        let says_so = number.to_uppercase().starts_with("PO");
        if says_so { number.to_owned() } else { self.tv("order-po-short", "po", number.to_owned()) }
    }

    /// Minutes that something took, and those that were planned.
    pub(crate) fn minutes(&self, actual: i64, planned: i64) -> String {
        self.words.say_with("minutes-of", &[("actual", actual.into()), ("planned", planned.into())])
    }

    /// Address of an asset.
    #[expect(clippy::unused_self, reason = "templates call methods of their page")]
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// An icon of the sprite.
    #[expect(clippy::unused_self, reason = "templates call methods of their page")]
    pub(crate) fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }

    /// The same page in each language.
    pub(crate) fn languages(&self) -> Vec<LanguageLink> {
        let link = |language: Language| {
            let mut pairs: Vec<(&str, &str)> =
                self.here.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            pairs.push(("lang", language.code()));
            LanguageLink {
                code: language.code(),
                name: language.name(),
                href: way::with_query(&self.path, &pairs),
                is_this: language == self.words.language,
            }
        };
        LANGUAGES.into_iter().map(link).collect()
    }

    /// Says what was just done.
    pub(crate) fn done(&mut self, key: &str) {
        self.done_as(self.t(key));
    }

    /// Says in these words what was just done.
    pub(super) fn done_as(&mut self, text: String) {
        let close = self.t("close");
        self.toast = Some(Toast { tone: Tone::Ok, text, undo: None, close });
    }

    /// What a role is called.
    pub(crate) fn role(&self, code: &str, name: &str) -> String {
        self.words.role(code, name)
    }

    /// A key for a form that acts once.
    #[expect(clippy::unused_self, reason = "templates call methods of their page")]
    pub(crate) fn key(&self) -> String {
        once::fresh_key()
    }

    /// Says what was just done, and how to take it back.
    pub(crate) fn done_with_undo(&mut self, key: &str, action: String) {
        self.done(key);
        self.undo_by(action, vec![("key".to_owned(), once::fresh_key())]);
    }

    /// Offers to take back what was just done, by a form with these fields.
    pub(super) fn undo_by(&mut self, action: String, mut fields: Vec<(String, String)>) {
        let csrf = self.me.as_ref().map(|me| me.csrf.clone()).unwrap_or_default();
        fields.push(("csrf".to_owned(), csrf));
        let text = self.t("undo");
        if let Some(toast) = &mut self.toast {
            toast.undo = Some(Undo { action, fields, text });
        }
    }

    /// Themes that can be chosen, and whether each is it.
    pub(crate) fn themes(&self) -> [(&'static str, &'static str, Icon, bool); 3] {
        THEMES.map(|(code, name, icon)| (code, name, icon, self.theme.unwrap_or("auto") == code))
    }

    /// The page's own place: what forms that change the frame lead back to.
    pub(crate) fn place(&self) -> String {
        let pairs: Vec<(&str, &str)> =
            self.here.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        way::with_query(&self.path, &pairs)
    }
}

fn keep(response: &mut Response, name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={CHOICE_SECONDS}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Remembers a language that was asked for.
pub(crate) fn keep_language(incoming: &Incoming, response: &mut Response) {
    let asked = incoming.query.iter().find(|(name, _)| name == "lang");
    let Some(language) = asked.and_then(|(_, value)| Language::named(value)) else { return };
    keep(response, LANGUAGE_COOKIE, language.code());
}

/// Remembers the language that a person chose for this browser.
pub(super) fn keep_own_language(response: &mut Response, person: &Person, language: Language) {
    keep(response, OWN_LANGUAGE_COOKIE, &format!("{}-{}", language.code(), person.user_id));
}

/// Remembers a theme for this browser.
pub(super) fn keep_theme(response: &mut Response, theme: &str) {
    keep(response, THEME_COOKIE, theme);
}

/// Heights of rows that this person chose for lists in this browser.
pub(super) fn kept_heights(incoming: &Incoming, person: &Person) -> Vec<(String, String)> {
    let mut parts = incoming.cookie(HEIGHTS_COOKIE).unwrap_or_default().split(':');
    if parts.next().and_then(|key| key.parse().ok()) != Some(person.user_id) {
        return Vec::new();
    }
    let pair = |part: &str| part.split_once('=').map(|(list, code)| (list.to_owned(), code.to_owned()));
    parts.filter_map(pair).collect()
}

/// Remembers them.
pub(super) fn keep_heights(response: &mut Response, person: &Person, kept: &[(String, String)]) {
    let pairs: String = kept.iter().flat_map(|(list, code)| [":", list, "=", code]).collect();
    keep(response, HEIGHTS_COOKIE, &format!("{}{pairs}", person.user_id));
}

/// The answer with a page.
pub(crate) fn rendered(template: &impl Template, status: StatusCode) -> Answer {
    let text = template.render().map_err(|error| fault(&error))?;
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// What the database tells of the acting person for the frame: one statement for every page.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Frame {
    /// Roles in force.
    pub(super) roles: Vec<Role>,
    /// Those of the permissions asked about that the person has.
    pub(crate) permissions: Vec<String>,
    /// At most a hundred.
    pub(crate) unread_notifications: i64,
    /// Open orders; none where the person does not see all.
    pub(crate) open_orders: Option<i64>,
    /// Of those, past their want date.
    pub(crate) late_orders: Option<i64>,
    /// Of those, on hold.
    pub(crate) held_orders: Option<i64>,
    /// Of those, in a phase whose next step is the person's.
    pub(crate) waiting_orders: Option<i64>,
    /// Phases whose next step is the person's.
    pub(crate) waiting_phases: Vec<String>,
    /// The day at the plant.
    pub(crate) today: NaiveDate,
    /// The time zone of the plant.
    pub(crate) time_zone: String,
    /// Whether the person cannot sign yet, because nobody verified who they are.
    pub(crate) awaits_verification: bool,
}

/// A role.
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Role {
    role_id: i64,
    role_code: String,
    name: String,
}

impl Frame {
    /// Whether the person has a permission; only those that `places::asked` names are known.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == permission)
    }

    async fn read(context: &mut Context) -> Result<Self, Problem> {
        let mut given = Map::new();
        given.insert("permissions".to_owned(), places::asked().iter().copied().map(Value::from).collect());
        let found: Vec<Self> = data::found(context, "own_frame", given).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}

/// Who is signed in, as the frame shows it.
#[derive(Debug, Clone)]
pub(crate) struct Me {
    /// Printed name.
    pub(crate) name: String,
    /// Login.
    pub(crate) login: String,
    /// Names of the roles.
    pub(crate) roles: Vec<String>,
    /// Keys of the roles.
    pub(crate) role_ids: Vec<i64>,
    /// The mark of the person.
    pub(crate) avatar: Avatar,
    /// Token of the forms of this page.
    pub(crate) csrf: String,
    /// The navigation.
    pub(crate) places: Vec<NavGroup>,
    /// What the database tells of the person.
    pub(crate) frame: Frame,
}

impl Me {
    async fn read(
        incoming: &Incoming,
        context: &mut Context,
        person: &Person,
        page: &Page,
    ) -> Result<Self, Problem> {
        let frame = Frame::read(context).await?;
        let named = |role: &Role| page.role(&role.role_code, &role.name);
        let csrf = csrf_token(&session_token(incoming)?).map_err(|error| fault(&error))?;
        let marked = initials(&person.display_name);
        Ok(Self {
            name: person.display_name.clone(),
            login: person.login.clone(),
            roles: frame.roles.iter().map(named).collect(),
            role_ids: frame.roles.iter().map(|role| role.role_id).collect(),
            avatar: Avatar::new(person.user_id, marked, person.display_name.clone()),
            csrf,
            places: places::navigation(&frame, &page.path),
            frame,
        })
    }

    /// Whether the person has a permission; only those that `places::asked` names are known.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.frame.may(permission)
    }

    /// Codes of the roles in force.
    pub(crate) fn role_codes(&self) -> Vec<String> {
        self.frame.roles.iter().map(|role| role.role_code.clone()).collect()
    }

    /// What the bell is called, for readers.
    pub(crate) fn bell(&self, page: &Page) -> String {
        page.tv("bell", "count", self.frame.unread_notifications)
    }

    /// Unread notifications as the bell shows them.
    pub(crate) fn unread(&self) -> Option<String> {
        match self.frame.unread_notifications {
            0 => None,
            unread if unread > 99 => Some("99+".to_owned()),
            unread => Some(unread.to_string()),
        }
    }
}

/// First letters of the first and the last word; what stands in brackets is no name.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter(|word| word.starts_with(char::is_alphabetic));
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        for (name, expected) in [
            ("Ada Admin", "AA"),
            ("Jean de la Tour", "JT"),
            ("élise", "É"),
            ("", ""),
            ("Pat Production (sample)", "PP"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
