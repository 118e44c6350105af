//! What can be done from the palette: new records, the theme, the language, signing out.

use crate::pages::components::{Icon, Link};
use crate::pages::page::{Me, Page};
use crate::pages::registers;

/// Acts that are shown where nothing was typed.
const USUAL: usize = 5;

/// What a form of the palette sends.
#[derive(Debug)]
pub(super) struct Sent {
    /// Where to.
    pub(super) action: &'static str,
    /// Name and value of its button.
    pub(super) value: Option<(&'static str, &'static str)>,
}

/// An act.
#[derive(Debug)]
pub(super) struct Act {
    /// Its name.
    pub(super) text: String,
    /// Before it.
    pub(super) icon: Icon,
    /// A page, where it is one.
    pub(super) href: String,
    /// What is sent, where it is none.
    pub(super) sent: Option<Sent>,
}

impl Act {
    fn page(link: Link) -> Self {
        Self { text: link.text, icon: link.icon.unwrap_or(Icon("plus")), href: link.href, sent: None }
    }

    fn sends(
        text: String,
        icon: Icon,
        action: &'static str,
        value: Option<(&'static str, &'static str)>,
    ) -> Self {
        Self { text, icon, href: String::new(), sent: Some(Sent { action, value }) }
    }
}

/// What this person may do whose name holds every word; the first few where nothing was typed.
pub(super) fn found(page: &Page, me: &Me, words: &str) -> Vec<Act> {
    let all = all(page, me);
    if words.is_empty() {
        return all.into_iter().take(USUAL).collect();
    }
    all.into_iter().filter(|act| super::holds(&act.text, words)).collect()
}

fn all(page: &Page, me: &Me) -> Vec<Act> {
    let order = || Link::new("/orders/new".to_owned(), page.t("orders-new"), false).icon(Icon("plus"));
    let mut acts: Vec<Act> = me.may("order:create").then(|| Act::page(order())).into_iter().collect();
    acts.extend(registers::adding(page, me).into_iter().map(Act::page));
    let theme = |(code, name, icon, _): (&'static str, &str, Icon, bool)| {
        let text = format!("{}: {}", page.t("theme"), page.t(name));
        Act::sends(text, icon, "/preferences", Some(("theme", code)))
    };
    acts.extend(page.themes().map(theme));
    let language = |link: crate::pages::page::LanguageLink| {
        let text = format!("{}: {}", page.t("language"), link.name);
        Act::sends(text, Icon("languages"), "/preferences", Some(("language", link.code)))
    };
    acts.extend(page.languages().into_iter().map(language));
    acts.push(Act::page(
        Link::new("/account".to_owned(), page.t("nav-account"), false).icon(Icon("circle-user")),
    ));
    acts.push(Act::sends(page.t("sign-out"), Icon("log-out"), "/sign-out", None));
    acts
}
