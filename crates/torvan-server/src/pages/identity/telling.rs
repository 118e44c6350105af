//! How a person is told of what happens: in the product, and by e-mail at once or gathered.

use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::identity::Person;

use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::{Field, Kind, Switch};
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::way::to;

const PREFERENCES: ListSpec = ListSpec {
    relation: "notification_preferences",
    filters: &["user_id", "event_type"],
    sorts: &["channel"],
    key: &["user_id", "event_type", "channel"],
};

/// What holds for every event without a wish of its own.
const EVERY: &str = "*";

/// How often e-mails are sent, with the keys of the words; the first is never.
const HOW_OFTEN: [(&str, &str); 5] = [
    ("", "telling-never"),
    ("IMMEDIATE", "telling-immediate"),
    ("HOURLY", "telling-hourly"),
    ("DAILY", "telling-daily"),
    ("WEEKLY", "telling-weekly"),
];

#[derive(Debug, Deserialize)]
struct Preference {
    channel: String,
    is_wanted: bool,
    frequency: String,
}

/// The part of the account's page.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) in_app: Switch,
    pub(super) email: Field,
}

/// Reads what the person wishes; without a wish they are told of everything at once.
pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    person: &Person,
) -> Result<Option<Telling>, Problem> {
    if !page.me.as_ref().is_some_and(|me| me.may("notification:read_own")) {
        return Ok(None);
    }
    let own = person.user_id.to_string();
    let asked = [("filter[user_id]", own.as_str()), ("filter[event_type]", EVERY)];
    let wishes: Vec<Preference> = data::rows(context, &PREFERENCES, &asked).await?;
    let of = |channel: &str| wishes.iter().find(|wish| wish.channel == channel);
    let email = match of("EMAIL") {
        Some(wish) if !wish.is_wanted => "",
        Some(wish) => wish.frequency.as_str(),
        None => "IMMEDIATE",
    };
    let options = HOW_OFTEN.iter().map(|(code, key)| ((*code).to_owned(), page.t(key))).collect();
    Ok(Some(Telling {
        in_app: Switch {
            name: "in_app",
            text: page.t("telling-in-app"),
            is_on: of("IN_APP").is_none_or(|wish| wish.is_wanted),
        },
        email: Field::new("email", page.t("telling-email"), Kind::Select, "off")
            .options(options)
            .value(email)
            .optional(),
    }))
}

async fn wish(context: &mut Context, channel: &str, is_wanted: bool, frequency: &str) -> Result<(), Problem> {
    let given = Map::from_iter([
        ("event_type".to_owned(), Value::from(EVERY)),
        ("channel".to_owned(), channel.into()),
        ("is_wanted".to_owned(), is_wanted.into()),
        ("frequency".to_owned(), frequency.into()),
    ]);
    data::act(context, "set_notification_preference", given).await?;
    Ok(())
}

/// `POST /account/notifications`.
pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let email = incoming.form.text("email");
        let how_often = if email.is_empty() { "IMMEDIATE" } else { email };
        wish(&mut context, "IN_APP", !incoming.form.text("in_app").is_empty(), "IMMEDIATE").await?;
        wish(&mut context, "EMAIL", !email.is_empty(), how_often).await?;
        context.commit().await?;
        Ok(to("/account?done=telling#notifications"))
    })
}
