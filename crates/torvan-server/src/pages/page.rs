//! What every page has: its reader's language, its title, who is signed in, and how it becomes an answer.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use torvan_store::Context;
use torvan_store::identity::Person;

use super::components::Icon;
use super::{assets, data, way};
use crate::api::endpoint::ListSpec;
use crate::credentials::token::csrf_token;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::identity::fault;
use crate::identity::session::session_token;
use crate::incoming::Incoming;
use crate::words::{LANGUAGES, Language, Value, Words};

/// Cookie with the language that somebody chose before signing in.
const LANGUAGE_COOKIE: &str = "__Host-torvan-language";

/// Seconds for which that is kept.
const LANGUAGE_SECONDS: u32 = 365 * 24 * 60 * 60;

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
    let own = person.and_then(|person| Language::named(&person.language));
    let chosen = incoming.cookie(LANGUAGE_COOKIE).and_then(Language::named);
    asked.or(own).or(chosen).unwrap_or_else(|| {
        Language::accepted(incoming.header(header::ACCEPT_LANGUAGE.as_str()).unwrap_or_default())
    })
}

impl Page {
    /// A page for somebody who is not signed in, or not completely.
    pub(crate) fn open(incoming: &Incoming, person: Option<&Person>, title: &str) -> Self {
        let words = Words::new(language_of(incoming, person));
        let here = incoming.query.iter().filter(|(name, _)| name != "lang").cloned().collect();
        Self { words, title: words.say(title), here, path: incoming.endpoint.path.to_owned(), me: None }
    }

    /// A page in the product's frame.
    pub(crate) async fn signed_in(
        incoming: &Incoming,
        context: &mut Context,
        person: &Person,
        title: &str,
    ) -> Result<Self, Problem> {
        let mut page = Self::open(incoming, Some(person), title);
        page.me = Some(Me::read(incoming, context, person, page.words).await?);
        Ok(page)
    }

    /// A page about an error, of which nothing is known but the language.
    pub(crate) fn bare(language: Language, title: String) -> Self {
        Self { words: Words::new(language), title, here: Vec::new(), path: "/".to_owned(), me: None }
    }

    /// The title says it too when something was wrong: a reader who hears the page hears it first.
    pub(crate) fn with_error(&mut self) {
        self.title = self.words.say_with("title-with-error", &[("title", self.title.clone().into())]);
    }

    /// A text.
    pub(crate) fn t(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// A text with a value.
    pub(crate) fn tv(&self, key: &str, name: &'static str, value: impl Into<Value>) -> String {
        self.words.say_with(key, &[(name, value.into())])
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

    /// Whether this is the page of a place in the navigation.
    pub(crate) fn is_in(&self, path: &str) -> bool {
        self.path == path || path != "/" && self.path.starts_with(path)
    }
}

/// Remembers a language that was asked for.
pub(crate) fn keep_language(incoming: &Incoming, response: &mut Response) {
    let asked = incoming.query.iter().find(|(name, _)| name == "lang");
    let Some(language) = asked.and_then(|(_, value)| Language::named(value)) else { return };
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LANGUAGE_SECONDS}",
        language.code()
    );
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
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
    /// For the avatar.
    pub(crate) initials: String,
    /// Which of the five soft hues it has.
    pub(crate) hue: i64,
    /// Token of the forms of this page.
    pub(crate) csrf: String,
}

const ROLE_GRANTS: ListSpec =
    ListSpec { relation: "user_roles", filters: &["user_id"], sorts: &["user_role_id"], key: &[] };
const ROLES: ListSpec = ListSpec { relation: "roles", filters: &["role_id"], sorts: &["role_id"], key: &[] };

#[derive(Debug, Deserialize)]
struct Grant {
    role_id: i64,
    valid_from: chrono::DateTime<chrono::Utc>,
    valid_to: Option<chrono::DateTime<chrono::Utc>>,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Role {
    role_id: i64,
    role_code: String,
    name: String,
}

impl Me {
    async fn read(
        incoming: &Incoming,
        context: &mut Context,
        person: &Person,
        words: Words,
    ) -> Result<Self, Problem> {
        let own = person.user_id.to_string();
        let grants: Vec<Grant> = data::rows(context, &ROLE_GRANTS, &[("filter[user_id]", &own)]).await?;
        let now = chrono::Utc::now();
        let holds = |grant: &&Grant| grant.valid_from <= now && grant.valid_to.is_none_or(|end| end > now);
        let role_ids: Vec<i64> = grants.iter().filter(holds).map(|grant| grant.role_id).collect();
        let roles: Vec<Role> = data::rows(context, &ROLES, &[]).await?;
        let roles = roles.into_iter().filter(|role| role_ids.contains(&role.role_id));
        let named = |role: Role| {
            let key = format!("role-{}", role.role_code.to_ascii_lowercase().replace('_', "-"));
            words.say_if_known(&key).unwrap_or(role.name)
        };
        let csrf = csrf_token(&session_token(incoming)?).map_err(|error| fault(&error))?;
        Ok(Self {
            name: person.display_name.clone(),
            login: person.login.clone(),
            roles: roles.map(named).collect(),
            role_ids,
            initials: initials(&person.display_name),
            hue: person.user_id.rem_euclid(5) + 1,
            csrf,
        })
    }
}

/// First letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        for (name, expected) in [("Ada Admin", "AA"), ("Jean de la Tour", "JT"), ("élise", "É"), ("", "")] {
            assert_eq!(initials(name), expected);
        }
    }
}
