//! Names of the people of an order: a history and a form keep logins and keys, a page says names.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::view::{Bom, Order, Step};
use crate::http::problem::Problem;
use crate::pages::data;

#[derive(Debug, Deserialize)]
struct Named {
    user_id: i64,
    login: String,
    display_name: String,
}

/// People by their keys and logins.
#[derive(Debug, Default)]
pub(super) struct People(Vec<Named>);

impl People {
    /// Those who are named on the page of an order.
    pub(super) async fn of(
        context: &mut Context,
        order: &Order,
        history: &[Step],
        boms: &[Bom],
    ) -> Result<Self, Problem> {
        let steps = history.iter().filter_map(|step| step.changed_by);
        let makers = boms.iter().flat_map(|bom| [bom.created_by, bom.decided_by]).flatten();
        let keys = steps.chain(makers).chain(order.sales_person_id).chain(order.accessories_reviewed_by);
        Self::read(context, keys.collect()).await
    }

    /// Those with these keys.
    pub(super) async fn read(context: &mut Context, keys: BTreeSet<i64>) -> Result<Self, Problem> {
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let keys = keys.into_iter().map(Value::from).collect();
        let given = Map::from_iter([("user_ids".to_owned(), Value::Array(keys))]);
        Ok(Self(data::found(context, "person_names", given).await?))
    }

    /// Name of whom a key means.
    pub(super) fn of_key(&self, key: i64) -> Option<String> {
        self.0.iter().find(|one| one.user_id == key).map(|one| one.display_name.clone())
    }

    /// Name of whom a login means; a text that is none stays as it is.
    pub(super) fn of_login(&self, text: &str) -> String {
        let found = self.0.iter().find(|one| one.login.eq_ignore_ascii_case(text.trim()));
        found.map_or_else(|| text.to_owned(), |one| one.display_name.clone())
    }

    /// Who took a step.
    pub(super) fn of_step(&self, step: &Step) -> Option<String> {
        let named = step.changed_by.and_then(|key| self.of_key(key));
        named.or_else(|| step.changed_by_name.as_deref().map(|name| self.of_login(name)))
    }
}
