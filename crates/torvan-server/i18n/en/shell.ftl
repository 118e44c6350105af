# The frame around every page.
skip = To the content
title-with-error = Error: { $title }
tagline = Reprocessing sinks, from order to delivery
languages = Languages
nav-label = Main
nav-home = Home
nav-account = Your account
nav-api = API
sign-out = Sign out
reveal-show = Show
reveal-hide = Hide
continue = Continue
cancel = Cancel
print = Print
copy = Copy
copied = Copied
never = never
language = Language
language-text = Pages come in the language that an Administrator set for you. You can read one in another language here.
role-administrator = Administrator
role-sales-manager = Sales Manager
role-production-manager = Production Manager
role-qc-inspector = QC Inspector
role-assembly-technician = Assembly Technician
role-customer-service = Customer Service
summary-form = This needs another look
nav-inbox = Inbox
nav-make = Make
nav-define = Define
menu-own = Your menu
theme = Theme
theme-auto = As the device
theme-light = Light
theme-dark = Dark
close = Close
bell = { $count ->
    [0] Notifications
    [one] Notifications, one unread
   *[other] Notifications, { $count } unread
}
notifications-title = Inbox
notifications-unread = Unread
notifications-all = All
notifications-what = What
notifications-when = When
notifications-act = Act
notifications-read = Mark read
notifications-read-all = Mark all read
notifications-none = No notifications yet
notifications-none-unread = Nothing unread
notifications-none-text = Word comes here when an order of yours moves, waits for you or is blocked.
notifications-see-all = See what you have read
rows-shown = { $count ->
    [0] No rows
    [one] One row, newest first
   *[other] { $count } rows, newest first
}
rows-page = { $count } a page
pager-newer = Newer
pager-older = Older
phase-delivered = Delivered
ago-now = just now
ago-minutes = { $count } min ago
ago-hours = { $count } h ago
days-short = { $count } d
month-jan = Jan
month-feb = Feb
month-mar = Mar
month-apr = Apr
month-may = May
month-jun = Jun
month-jul = Jul
month-aug = Aug
month-sep = Sep
month-oct = Oct
month-nov = Nov
month-dec = Dec
month-full-jan = January
month-full-feb = February
month-full-mar = March
month-full-apr = April
month-full-may = May
month-full-jun = June
month-full-jul = July
month-full-aug = August
month-full-sep = September
month-full-oct = October
month-full-nov = November
month-full-dec = December
