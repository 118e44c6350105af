//! Places of the product: what the navigation shows, to whom, and the keys that lead there.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::components::Icon;
use super::page::Frame;

/// A group of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// What is worked on.
    Work,
    /// Where sinks are made.
    Make,
    /// What they are made from, and by which rules.
    Define,
    /// Who may, and how the system is.
    Administer,
}

/// Groups in their order, with the keys of their names; the first has none.
const GROUPS: [(Group, Option<&str>); 4] = [
    (Group::Work, None),
    (Group::Make, Some("nav-make")),
    (Group::Define, Some("nav-define")),
    (Group::Administer, Some("nav-administer")),
];

/// What stands behind a place in the navigation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Count {
    /// Nothing.
    None,
    /// Open orders.
    OpenOrders,
    /// Unread notifications.
    Unread,
}

/// A place.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it stands.
    pub(super) group: Group,
    /// Its page.
    pub(super) href: &'static str,
    /// Key of its name.
    pub(super) name: &'static str,
    /// Its icon.
    pub(super) icon: Icon,
    /// The permission without which it is not shown.
    pub(super) needs: Option<&'static str>,
    /// What is counted there.
    pub(super) count: Count,
    /// The key after `g` that leads there.
    pub(super) key: Option<&'static str>,
}

const fn place(
    group: Group,
    href: &'static str,
    name: &'static str,
    icon: Icon,
    needs: Option<&'static str>,
    key: Option<&'static str>,
) -> Place {
    Place { group, href, name, icon, needs, count: Count::None, key }
}

#[expect(clippy::needless_pass_by_value, reason = "a row of the table becomes another one")]
const fn counted(place: Place, count: Count) -> Place {
    Place { count, ..place }
}

/// All places, in the order of the navigation. A page that is no place of its own (a record, a form) is not here.
pub(super) const PLACES: &[Place] = &[
    place(Group::Work, "/", "nav-home", Icon("layout-dashboard"), None, Some("h")),
    counted(
        place(
            Group::Work,
            "/notifications",
            "nav-inbox",
            Icon("inbox"),
            Some("notification:read_own"),
            Some("i"),
        ),
        Count::Unread,
    ),
    place(
        Group::Work,
        "/approvals",
        "nav-approvals",
        Icon("signature"),
        Some("notification:read_own"),
        Some("w"),
    ),
    counted(
        place(Group::Work, "/orders", "nav-orders", Icon("clipboard-list"), Some("order:read"), Some("o")),
        Count::OpenOrders,
    ),
    place(Group::Work, "/orders/board", "nav-board", Icon("square-kanban"), Some("order:read"), Some("b")),
    place(Group::Work, "/orders/calendar", "nav-calendar", Icon("calendar"), Some("order:read"), Some("c")),
    place(Group::Work, "/customers", "nav-customers", Icon("building-2"), Some("customer:read"), Some("u")),
    place(Group::Work, "/service-orders", "nav-service", Icon("wrench"), Some("service_order:read"), None),
    place(Group::Work, "/boms", "nav-boms", Icon("list-tree"), Some("bom:read"), Some("m")),
    place(Group::Make, "/stock-balances", "nav-stock", Icon("warehouse"), Some("stock:read"), Some("s")),
    place(Group::Make, "/shortages", "nav-shortages", Icon("triangle-alert"), Some("stock:read"), None),
    place(
        Group::Make,
        "/outsourced-lines",
        "nav-outsourced",
        Icon("handshake"),
        Some("outsourced_line:read"),
        None,
    ),
    place(Group::Make, "/shipments", "nav-shipping", Icon("truck"), Some("shipment:read"), None),
    place(Group::Make, "/reports", "nav-reports", Icon("chart-column"), Some("report:read"), Some("v")),
    place(Group::Define, "/catalogue", "nav-catalogue", Icon("boxes"), Some("catalogue:read"), Some("k")),
    place(
        Group::Define,
        "/rule-sets",
        "nav-rules",
        Icon("scale"),
        Some("configuration_rule:read"),
        Some("r"),
    ),
    place(
        Group::Define,
        "/workflow-rules",
        "nav-workflow",
        Icon("workflow"),
        Some("workflow_rule:read"),
        Some("f"),
    ),
    place(Group::Define, "/documents", "nav-documents", Icon("file-text"), Some("document:read"), Some("d")),
    place(Group::Define, "/suppliers", "nav-suppliers", Icon("factory"), Some("supplier:read"), None),
    place(Group::Administer, "/users", "nav-people", Icon("users"), Some("user:read"), Some("p")),
    place(Group::Administer, "/permissions", "nav-permissions", Icon("table"), Some("user:read"), None),
    place(
        Group::Administer,
        "/external-systems",
        "nav-systems",
        Icon("plug"),
        Some("external_system:read"),
        None,
    ),
    place(Group::Administer, "/audit/trail", "nav-trail", Icon("history"), Some("audit:read"), Some("a")),
    place(Group::Administer, "/privacy/requests", "nav-privacy", Icon("lock"), Some("privacy:read"), None),
    place(Group::Administer, "/system/health", "nav-health", Icon("activity"), Some("system:read"), None),
    place(
        Group::Administer,
        "/privacy/subjects",
        "subjects-title",
        Icon("circle-user"),
        Some("privacy:handle"),
        None,
    ),
    place(
        Group::Administer,
        "/retention/policies",
        "retention-title",
        Icon("archive"),
        Some("retention:read"),
        None,
    ),
    place(
        Group::Administer,
        "/data-quality/rules",
        "quality-rules-title",
        Icon("badge-check"),
        Some("data_quality:read"),
        None,
    ),
    place(
        Group::Administer,
        "/site-settings",
        "nav-settings",
        Icon("settings"),
        Some("setting:update"),
        None,
    ),
];

/// Permissions that pages ask about besides those of the places, so that one statement answers for all.
const ASKED_BESIDES: [&str; 52] = [
    "customer:update_contact",
    "workflow_rule:update",
    "workflow_rule:release",
    "user:create",
    "bom:export",
    "configuration:read",
    "configuration:change_approved",
    "configuration:copy",
    "bom:create",
    "role:update",
    "setting:update",
    "production_checklist:read",
    "nonconformity:read",
    "order_attachment:approve",
    "service_order:update_own",
    "service_order:approve",
    "service_order:ship",
    "service_order:receive",
    "document:create",
    "document:update",
    "document:approve",
    "order:update_approved",
    "production_task:assign",
    "saved_view:create",
    "saved_view:share",
    "order:create",
    "order:hold",
    "order:resume",
    "order:resume_quality",
    "order:cancel",
    "order:cancel_draft",
    "order:cancel_any_draft",
    "order:update",
    "order:read_history",
    "order_note:create",
    "order_note:delete",
    "order_note:pin",
    "order_note:read",
    "order_attachment:create",
    "order_attachment:read",
    "bom:read",
    "catalogue:import",
    "catalogue:revise",
    "configuration_rule:activate",
    "configuration_rule:create",
    "configuration_rule:simulate",
    "configuration_rule:update",
    "document:read",
    "production_task:read",
    "customer:read",
    "report:read",
    "stock:reserve",
];

/// Every permission that is asked about, each once.
pub(super) fn asked() -> &'static [&'static str] {
    static ASKED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let of_places = PLACES.iter().filter_map(|place| place.needs);
        let all: BTreeSet<&'static str> = of_places
            .chain(ASKED_BESIDES)
            .chain(super::home::asked())
            .chain(super::registers::asked())
            .chain(super::search::asked())
            .chain(super::orders::asked())
            .collect();
        all.into_iter().collect()
    });
    &ASKED
}

/// A group as the navigation shows it.
#[derive(Debug, Clone)]
pub(crate) struct NavGroup {
    /// Its name.
    pub(crate) name: Option<&'static str>,
    /// Its places.
    pub(crate) places: Vec<NavPlace>,
}

/// A place as the navigation shows it.
#[derive(Debug, Clone)]
pub(crate) struct NavPlace {
    /// Its page.
    pub(crate) href: &'static str,
    /// Key of its name.
    pub(crate) name: &'static str,
    /// Its icon.
    pub(crate) icon: Icon,
    /// How many wait there.
    pub(crate) count: Option<i64>,
    /// The key after `g` that leads there.
    pub(crate) key: Option<&'static str>,
    /// Whether the page belongs to it.
    pub(crate) is_here: bool,
}

/// The navigation of somebody on the page with this path.
pub(super) fn navigation(frame: &Frame, path: &str) -> Vec<NavGroup> {
    let is_shown = |place: &&Place| place.needs.is_none_or(|permission| frame.may(permission));
    let shown: Vec<&Place> = PLACES.iter().filter(is_shown).collect();
    let near = |place: &&Place| Some((reach(place.href, path)?, place.href));
    let here = shown.iter().filter_map(near).max_by_key(|(reach, _)| *reach).map(|(_, href)| href);
    let of_group = |group: Group| shown.iter().filter(move |place| place.group == group);
    let shown_place = |place: &&Place| NavPlace {
        href: place.href,
        name: place.name,
        icon: place.icon,
        count: count(frame, place.count),
        key: place.key,
        is_here: here == Some(place.href),
    };
    GROUPS
        .iter()
        .map(|(group, name)| NavGroup { name: *name, places: of_group(*group).map(shown_place).collect() })
        .filter(|group: &NavGroup| !group.places.is_empty())
        .collect()
}

/// Pages that belong to a place under another path.
const ALSO: [(&str, &str); 34] = [
    ("/orders", "/builds"),
    ("/orders", "/order-attachments"),
    ("/stock-balances", "/stock"),
    ("/stock-balances", "/stock-moves"),
    ("/stock-balances", "/stock-reservations"),
    ("/stock-balances", "/stock-lots"),
    ("/stock-balances", "/stock-locations"),
    ("/catalogue", "/assemblies"),
    ("/catalogue", "/parts"),
    ("/catalogue", "/custom-parts"),
    ("/catalogue", "/import-sessions"),
    ("/catalogue", "/assembly-revisions"),
    ("/rule-sets", "/configuration-rules"),
    ("/workflow-rules", "/workflow/changes"),
    ("/documents", "/document-versions"),
    ("/users", "/roles"),
    ("/users", "/delegations"),
    ("/users", "/security-events"),
    ("/users", "/user-skills"),
    ("/external-systems", "/allowed-hosts"),
    ("/external-systems", "/deliveries"),
    ("/external-systems", "/sync-log"),
    ("/external-systems", "/notification-rules"),
    ("/audit/trail", "/audit"),
    ("/privacy/requests", "/privacy"),
    ("/system/health", "/system"),
    ("/system/health", "/system-alerts"),
    ("/retention/policies", "/retention"),
    ("/retention/policies", "/archives"),
    ("/retention/policies", "/legal-holds"),
    ("/data-quality/rules", "/data-quality"),
    ("/site-settings", "/calendars"),
    ("/site-settings", "/calendar-shifts"),
    ("/site-settings", "/calendar-exceptions"),
];

/// How much of the path of a page is that of a place, or of what belongs to it; none where it lies elsewhere.
fn reach(href: &str, path: &str) -> Option<usize> {
    let lies_under =
        |place: &str| path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    let is_own = if href == "/" { path == "/" } else { lies_under(href) };
    let also = ALSO.iter().filter(|(place, also)| *place == href && lies_under(also));
    also.map(|(_, also)| also.len()).chain(is_own.then_some(href.len())).max()
}

fn count(frame: &Frame, what: Count) -> Option<i64> {
    match what {
        Count::None => None,
        Count::OpenOrders => frame.open_orders,
        Count::Unread => Some(frame.unread_notifications).filter(|unread| *unread > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_page_and_a_permission_that_exists() {
        for place in PLACES {
            let page = super::super::pages().find(|page| page.path == place.href && page.method.is_safe());
            assert!(page.is_some(), "there is no page {}", place.href);
        }
        for permission in asked() {
            assert!(torvan_store::surface::surface().permissions.contains_key(*permission), "{permission}");
        }
    }

    #[test]
    fn only_what_somebody_may_see_is_shown_and_the_nearest_place_is_lit() {
        let nobody = Frame::default();
        let shown: Vec<_> = navigation(&nobody, "/").into_iter().flat_map(|group| group.places).collect();
        assert_eq!(shown.iter().map(|place| place.href).collect::<Vec<_>>(), ["/"]);
        let reader =
            Frame { permissions: vec!["order:read".to_owned()], open_orders: Some(3), ..Frame::default() };
        let lit = |path: &str| -> Vec<&'static str> {
            let groups = navigation(&reader, path);
            groups
                .iter()
                .flat_map(|group| &group.places)
                .filter(|place| place.is_here)
                .map(|place| place.href)
                .collect()
        };
        assert_eq!(lit("/orders/board"), ["/orders/board"]);
        assert_eq!(lit("/orders/17"), ["/orders"]);
        assert_eq!(lit("/ordersheet"), Vec::<&str>::new());
        assert_eq!(lit("/"), ["/"]);
    }

    #[test]
    fn every_list_record_and_form_lies_in_a_place() {
        let all = asked().iter().map(|permission| (*permission).to_owned()).collect();
        let frame = Frame { permissions: all, ..Frame::default() };
        let lit = |path: &str| -> Option<&'static str> {
            let mut places = navigation(&frame, path).into_iter().flat_map(|group| group.places);
            places.find(|place| place.is_here).map(|place| place.href)
        };
        for page in super::super::registers::PAGES.iter().copied().flatten() {
            assert!(lit(page.path).is_some(), "{} lies nowhere", page.path);
        }
        for (path, place) in [
            ("/stock/contents/receive", "/stock-balances"),
            ("/stock-lots/7", "/stock-balances"),
            ("/privacy/subjects/7", "/privacy/subjects"),
            ("/privacy/findings", "/privacy/requests"),
            ("/document-versions/7", "/documents"),
            ("/builds/7/configuration", "/orders"),
        ] {
            assert_eq!(lit(path), Some(place), "{path}");
        }
    }
}
