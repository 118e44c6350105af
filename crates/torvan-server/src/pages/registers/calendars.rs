//! Calendars of the plant's resources: shifts of the week, and the days that differ from them.

use super::{
    Form, Record, Register, Related, asking, code, day, doing, hour, listed, mark, moment, name, shown, text,
    weekday,
};
use crate::api::endpoint::Access::Permission;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::pages::components::Icon;

const CALENDAR: &str = "/calendars/{resource_calendar_id}";
const SHIFT: &str = "/calendar-shifts/{calendar_shift_id}";
const EXCEPTION: &str = "/calendar-exceptions/{calendar_exception_id}";

pub(super) const REGISTERS: &[Register] = &[Register {
    path: "/calendars",
    title: "calendars-title",
    icon: Icon("calendar"),
    columns: &[code("calendar_code"), name("name"), moment("updated_at")],
    views: &[("view-all", &[("view", "all")])],
    record: Some(CALENDAR),
    add: Some("/calendars/new"),
    room: &[],
    bulk: &[],
}];

pub(super) const RECORDS: &[Record] = &[
    Record {
        path: CALENDAR,
        register: "/calendars",
        title: &["calendar_code", "name"],
        facts: &[code("calendar_code"), name("name"), moment("created_at"), moment("updated_at")],
        lists: &[
            Related {
                title: "calendar-exceptions",
                path: "/calendars/{resource_calendar_id}/exceptions",
                by: None,
                columns: &[
                    day("on_date"),
                    mark("exception_kind"),
                    hour("starts_at"),
                    hour("ends_at"),
                    text("note"),
                ],
                record: Some(EXCEPTION),
            },
            Related {
                title: "calendar-shifts",
                path: "/calendars/{resource_calendar_id}/shifts",
                by: None,
                columns: &[weekday("weekday"), hour("starts_at"), hour("ends_at")],
                record: Some(SHIFT),
            },
        ],
    },
    Record {
        path: SHIFT,
        register: "/calendars",
        title: &["calendar_shift_id"],
        facts: &[weekday("weekday"), hour("starts_at"), hour("ends_at")],
        lists: &[],
    },
    Record {
        path: EXCEPTION,
        register: "/calendars",
        title: &["on_date", "note"],
        facts: &[day("on_date"), mark("exception_kind"), hour("starts_at"), hour("ends_at"), text("note")],
        lists: &[],
    },
];

const SHIFT_FIELDS: &[&str] = &["weekday", "starts_at", "ends_at"];
const EXCEPTION_FIELDS: &[&str] = &["on_date", "exception_kind", "note", "starts_at", "ends_at"];

pub(super) const FORMS: &[Form] = &[
    Form {
        path: "/calendars/new",
        title: "calendar-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/calendars",
        fields: &["calendar_code", "name"],
        back: CALENDAR,
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/calendars/{resource_calendar_id}/exception",
        title: "calendar-exception-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/calendars/{resource_calendar_id}/exceptions",
        fields: EXCEPTION_FIELDS,
        back: CALENDAR,
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/calendars/{resource_calendar_id}/shift",
        title: "calendar-shift-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/calendars/{resource_calendar_id}/shifts",
        fields: SHIFT_FIELDS,
        back: CALENDAR,
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/calendars/{resource_calendar_id}/edit",
        title: "calendar-edit",
        icon: Icon("pencil-line"),
        method: Method::Patch,
        target: CALENDAR,
        fields: &["name"],
        back: CALENDAR,
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/calendar-exceptions/{calendar_exception_id}/edit",
        title: "calendar-exception-edit",
        icon: Icon("pencil-line"),
        method: Method::Patch,
        target: EXCEPTION,
        fields: EXCEPTION_FIELDS,
        back: EXCEPTION,
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/calendar-exceptions/{calendar_exception_id}/remove",
        title: "calendar-exception-remove",
        icon: Icon("x"),
        method: Method::Delete,
        target: EXCEPTION,
        fields: &[],
        back: CALENDAR,
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/calendar-shifts/{calendar_shift_id}/edit",
        title: "calendar-shift-edit",
        icon: Icon("pencil-line"),
        method: Method::Patch,
        target: SHIFT,
        fields: SHIFT_FIELDS,
        back: SHIFT,
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/calendar-shifts/{calendar_shift_id}/remove",
        title: "calendar-shift-remove",
        icon: Icon("x"),
        method: Method::Delete,
        target: SHIFT,
        fields: &[],
        back: CALENDAR,
        is_main: false,
        while_in: &[],
    },
];

const READ: Access = Permission("work_instruction:read");
const CHANGE: Access = Permission("work_instruction:update");

pub(super) const PAGES: &[Endpoint] = &[
    listed("/calendars", READ, "Calendars of the plant."),
    asking("/calendars/new", CHANGE, "Asks for a new calendar."),
    doing("/calendars/new", CHANGE, "Adds a calendar."),
    shown(CALENDAR, READ, "A calendar with its shifts, holidays and overtime."),
    asking("/calendars/{resource_calendar_id}/edit", CHANGE, "Asks what a calendar is called."),
    doing("/calendars/{resource_calendar_id}/edit", CHANGE, "Calls a calendar otherwise."),
    asking("/calendars/{resource_calendar_id}/exception", CHANGE, "Asks for a holiday or overtime."),
    doing("/calendars/{resource_calendar_id}/exception", CHANGE, "Adds a holiday or overtime."),
    asking("/calendars/{resource_calendar_id}/shift", CHANGE, "Asks for a shift of the week."),
    doing("/calendars/{resource_calendar_id}/shift", CHANGE, "Adds a shift of the week."),
    shown(EXCEPTION, READ, "A holiday or overtime."),
    asking("/calendar-exceptions/{calendar_exception_id}/edit", CHANGE, "Asks what changes about a holiday."),
    doing("/calendar-exceptions/{calendar_exception_id}/edit", CHANGE, "Changes a holiday or overtime."),
    asking(
        "/calendar-exceptions/{calendar_exception_id}/remove",
        CHANGE,
        "Asks before a holiday is taken out.",
    ),
    doing("/calendar-exceptions/{calendar_exception_id}/remove", CHANGE, "Takes a holiday or overtime out."),
    shown(SHIFT, READ, "A shift of the week."),
    asking("/calendar-shifts/{calendar_shift_id}/edit", CHANGE, "Asks what changes about a shift."),
    doing("/calendar-shifts/{calendar_shift_id}/edit", CHANGE, "Changes a shift of the week."),
    asking("/calendar-shifts/{calendar_shift_id}/remove", CHANGE, "Asks before a shift is taken out."),
    doing("/calendar-shifts/{calendar_shift_id}/remove", CHANGE, "Takes a shift of the week out."),
];
