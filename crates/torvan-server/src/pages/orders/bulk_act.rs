//! What can be done with several orders at once: each is an endpoint of the API, with what it asks for.

use serde_json::{Value, json};

use super::acts::HOLDS;
use crate::api::endpoint::Method;
use crate::pages::components::{Faults, Field, Icon, Kind};
use crate::pages::page::Page;

/// Something that is done with orders.
#[derive(Debug)]
pub(super) struct Act {
    /// As it stands in the address.
    pub(super) code: &'static str,
    /// Key of the title.
    pub(super) title: &'static str,
    /// Key of the button.
    pub(super) button: &'static str,
    /// Its icon.
    pub(super) icon: Icon,
    /// Permissions of which one is needed; the record decides the rest.
    pub(super) needs: &'static [&'static str],
    /// The endpoint.
    pub(super) method: Method,
    /// Its path.
    pub(super) path: &'static str,
    /// Whether the endpoint asks for the version that was seen.
    pub(super) has_version: bool,
    /// What is asked for; a field whose name stands here must be filled in.
    pub(super) asks: &'static [&'static str],
    /// Code of what takes it back.
    pub(super) undone_by: Option<&'static str>,
    /// Whether the list offers it; others only take something back.
    pub(super) is_offered: bool,
}

const CHANGE: &[&str] = &["order:update", "order:update_approved"];

/// All of them, in the order in which the list offers them.
pub(super) const ACTS: &[Act] = &[
    Act {
        code: "assign",
        title: "bulk-assign",
        button: "bulk-assign-go",
        icon: Icon("user-plus"),
        needs: &["order:update", "order:update_approved", "production_task:assign"],
        method: Method::Post,
        path: "/orders/{order_id}/assign",
        has_version: true,
        asks: &["login"],
        undone_by: Some("sales-person"),
        is_offered: true,
    },
    Act {
        code: "want-date",
        title: "bulk-want-date",
        button: "bulk-want-date-go",
        icon: Icon("calendar"),
        needs: CHANGE,
        method: Method::Patch,
        path: "/orders/{order_id}",
        has_version: true,
        asks: &["want_date"],
        undone_by: Some("want-date"),
        is_offered: true,
    },
    Act {
        code: "hold",
        title: "bulk-hold",
        button: "order-hold-go",
        icon: Icon("circle-pause"),
        needs: &["order:hold"],
        method: Method::Post,
        path: "/orders/{order_id}/hold",
        has_version: true,
        asks: &["kind", "reason"],
        undone_by: Some("resume"),
        is_offered: true,
    },
    Act {
        code: "resume",
        title: "bulk-resume",
        button: "order-resume-go",
        icon: Icon("circle-play"),
        needs: &["order:resume", "order:resume_quality"],
        method: Method::Post,
        path: "/orders/{order_id}/resume",
        has_version: true,
        asks: &["reason"],
        undone_by: None,
        is_offered: true,
    },
    Act {
        code: "note",
        title: "bulk-note",
        button: "note-add",
        icon: Icon("message-square"),
        needs: &["order_note:create"],
        method: Method::Post,
        path: "/orders/{order_id}/notes",
        has_version: false,
        asks: &["body"],
        undone_by: None,
        is_offered: true,
    },
    Act {
        code: "sales-person",
        title: "bulk-assign",
        button: "bulk-assign-go",
        icon: Icon("undo-2"),
        needs: CHANGE,
        method: Method::Patch,
        path: "/orders/{order_id}",
        has_version: true,
        asks: &[],
        undone_by: None,
        is_offered: false,
    },
];

impl Act {
    /// Whether it is about a person.
    pub(super) fn asks_for_person(&self) -> bool {
        self.asks.contains(&"login")
    }

    /// What is asked for, with what was typed.
    pub(super) fn fields<'a>(&self, page: &Page, typed: impl Fn(&str) -> &'a str) -> Vec<Field> {
        let field = |name: &&'static str| {
            let (key, kind) = match *name {
                "login" => ("bulk-person", Kind::Text),
                "want_date" => ("orders-wanted", Kind::Date),
                "kind" => ("hold-kind", Kind::Select),
                "body" => ("note-new", Kind::Area),
                _ => ("field-reason", Kind::Area),
            };
            let field = Field::new(name, page.t(key), kind, "off").value(typed(name));
            match *name {
                "login" => field.list("people").hint(page.t("bulk-person-hint")),
                "kind" => {
                    field.options(HOLDS.iter().map(|(code, key)| ((*code).to_owned(), page.t(key))).collect())
                }
                _ => field,
            }
        };
        let mut fields: Vec<Field> = self.asks.iter().map(field).collect();
        if let Some(last) = fields.pop() {
            fields.push(last.focus());
        }
        fields
    }

    /// What was left empty. Where something is taken back, each order has its own value.
    pub(super) fn missing<'a>(&self, page: &Page, typed: impl Fn(&str) -> &'a str) -> Faults {
        let mut faults = Faults::default();
        if !typed("undoes").is_empty() {
            return faults;
        }
        for name in self.asks.iter().filter(|name| typed(name).is_empty()) {
            faults.add(name, page.t("bulk-missing"));
        }
        faults
    }

    /// The body for one order; `own` is the value that this one had before.
    pub(super) fn body<'a>(&self, own: Option<&str>, typed: impl Fn(&str) -> &'a str) -> Value {
        let or_null = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        match self.code {
            "assign" => json!({"login": typed("login")}),
            "want-date" => {
                json!({"changes": {"want_date": or_null(own.unwrap_or_else(|| typed("want_date")))}})
            }
            "sales-person" => json!({"changes": {"sales_person": or_null(own.unwrap_or_default())}}),
            "hold" => json!({"kind": typed("kind"), "reason": typed("reason")}),
            "note" => json!({"body": typed("body")}),
            _ => json!({"reason": typed("reason")}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(code: &str) -> &'static Act {
        ACTS.iter().find(|act| act.code == code).expect("an act")
    }

    #[test]
    fn what_is_taken_back_is_what_each_order_had() {
        let typed = |_: &str| "2099-01-01";
        assert_eq!(act("want-date").body(None, typed), json!({"changes": {"want_date": "2099-01-01"}}));
        assert_eq!(act("want-date").body(Some(""), typed), json!({"changes": {"want_date": null}}));
        assert_eq!(act("sales-person").body(Some("Ada"), typed), json!({"changes": {"sales_person": "Ada"}}));
    }

    #[test]
    fn every_act_is_an_endpoint() {
        for act in ACTS {
            let found = crate::api::endpoints()
                .any(|endpoint| endpoint.method == act.method && endpoint.path == act.path);
            assert!(found, "{}", act.code);
        }
    }
}
