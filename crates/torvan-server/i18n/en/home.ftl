# Dashboards, and what waits for an approval.
home-title = Home
home-account = Your account
home-today = { $day }, week { $week }
home-boards = Dashboards of your roles
home-all = All
home-report = Report
numbers-csv = Numbers as CSV
board-production = Production
board-sales = Sales
board-quality = Quality
board-administration = Administration
board-assembly = My work
board-service = Customer service
figure-on-time = On-time delivery
figure-lead = Lead time, average
figure-first-pass = First-pass yield
figure-builds-finished = Builds finished this week
figure-hours = Hours of tasks finished this week
figure-entered = Orders entered this week
figure-delivered = Orders delivered this week
figure-inspections = Inspections this week
figure-rejections = Rejections this week
figure-sign-ins = Sign-ins this week
figure-refusals = Refusals this week
figure-alerts = Alerts this week
figure-own-tasks = Tasks finished this week
figure-own-hours = Hours of my tasks finished this week
figure-service-made = Service orders this week
figure-service-received = Received this week
figure-last-week = { $value } last week
figure-weeks = last { $count } weeks
home-period = Period
home-weeks = { $count } weeks
figure-points-more = +{ $value } pt
figure-points-less = −{ $value } pt
figure-days-more = +{ $value } d
figure-days-less = −{ $value } d
unit-percent = { $value } %
unit-days = { $value } d
unit-hours = { $value } h
unit-minutes = { $value } min
unit-age = { $days } d
plot-target = target { $value }
plot-about = From { $first } ({ $start }) to { $last } ({ $end }); least { $low } ({ $lowest }), greatest { $high } ({ $highest }).
plot-nothing = Nothing was counted in this time.
orders-title = Open orders by phase
orders-open = { $count ->
    [0] none open
    [one] one order
   *[other] { $count } orders
}
orders-first = There is no open order. A Sales Manager makes the first one.
phase-draft = Draft
phase-configuration = Configuration
phase-approval = Approval
phase-production = Production
phase-quality-control = Quality control
phase-packaging = Packaging
phase-shipping = Shipping
gate-pre-production = Pre-production check
gate-production = Production checklist
gate-end-of-line = End-of-line test
gate-final = Final inspection
gate-packing = Packing
gate-packing-confirmation = Packing confirmation
late-title = Late orders
late-none = No order is past its want date.
late-all = All late orders
late-count = { $count } past want date
orders-late-head = Late
capacity-title = Capacity by resource
capacity-none = No resource is set up yet.
capacity-resource = Resource
capacity-overloads = { $count ->
    [one] one overload
   *[other] { $count } overloads
}
capacity-of = { $planned } / { $available } h
capacity-over = over { $hours } h
capacity-free = { $hours } h free
week-of = Week { $week }
days-in-production = Days in production, per build
days-in-production-last = { $count ->
    [one] last one
   *[other] last { $count }
}
days-in-production-none = No build has left production yet.
limit-upper = UCL { $value }
limit-mean = mean { $value }
limit-lower = LCL { $value }
outsourced-out = Outsourced
outsourced-none = No line is out.
days-more = +{ $count } d
unfinished-title = To finish before approval
unfinished-none = No draft and no configuration is open.
unfinished-missing = Missing
messages-title = Unread messages of customers
messages-none = No customer waits for an answer.
messages-unread = Unread
inspections-title = Waiting for inspection
inspections-none = No build waits for an inspection.
inspections-build = Build
inspections-state = State
inspection-begun = Under way
inspection-waits = Waits
builds-count = { $count ->
    [0] no builds
    [one] one build
   *[other] { $count } builds
}
findings-title = Open findings
findings-none = No finding is open.
findings-number = Finding
findings-what = What was found
findings-severity = Severity
reasons-title = Findings by reason
reasons-none = No findings in the last { $count } weeks.
reasons-weeks = in the last { $count } weeks
tasks-title = What I can do now
tasks-none = No task is ready for you.
tasks-task = Task
tasks-planned = Planned
tasks-running = Running
tasks-ready = Ready, yours
tasks-free = Ready, free
tasks-waiting = Waits
tasks-count = { $count ->
    [0] none ready
    [one] one ready
   *[other] { $count } ready
}
blocked-title = Blocked tasks
blocked-none = No task is blocked.
service-open-title = Open orders for service parts
service-open-none = No order for service parts is open.
service-number = Order
shipments-open-title = Shipments under way
shipments-open-none = No shipment is under way.
health-title = Health of the system
health-none = The database told nothing.
health-all = All checks
health-all-well = All { $count } checks are well.
alerts-open-title = Open alerts
alerts-open-none = No alert is open.
systems-home-title = Connected systems
systems-none = No other system is connected.
systems-code = System
systems-name = Name
systems-waiting = Waiting
systems-given-up = Given up
systems-last = Last answer
systems-off = Switched off
systems-gave-up = Gave up
systems-fails = Fails
systems-works = Works
accounts-title = Accounts
accounts-open = Can sign in
accounts-no-factor = No second factor
accounts-dormant = Long unused
accounts-locked = Locked
person-title = You
roles = Roles
roles-none = none
nav-approvals = Approvals
approvals-title = Approvals waiting for me
approvals-count = { $count ->
    [0] none
    [one] one
   *[other] { $count } in all
}
approvals-oldest = the oldest { $shown } of { $count }
approvals-none = Nothing waits for you
approvals-none-text = What others submit for your approval or signature stands here.
approvals-sign = Sign
approvals-open = Open
approvals-look = Look at it
approvals-long = waits { $count } d
approvals-waits = Waits
approvals-waits-for = waits { $age }
approvals-today = since today
approvals-approved = Approved.
approvals-rejected = Sent back.
approvals-approve = Approve
approvals-reject = Reject
approvals-send-back = Send back
approvals-reject-note = Say why: whoever made it reads it.
approvals-order = Approve for production
approvals-orders = Orders
approvals-bom = Approve bill of materials
approvals-boms = BOMs
approvals-change = Decide a change
approvals-changes = Changes
approvals-drawing = Approve drawing
approvals-drawings = Drawings
approvals-checklist = Approve checklist
approvals-checklists = Checklists
approvals-inspected = Release to packaging
approvals-inspections = Inspected
approvals-packed = Confirm packing
approvals-packings = Packed
approvals-finding = Verify a rework
approvals-findings = Findings
approvals-document = Approve document
approvals-documents = Documents
approvals-service = Decide service parts
approvals-services = Service parts
approvals-retention = Sign destruction
approvals-retentions = Retention
approvals-erasure = Sign erasure
approvals-erasures = Erasures
approvals-builds = { $detail ->
    [one] one build
   *[other] { $detail } builds
}
approvals-revision = revision { $detail }
approvals-version = version { $detail }
approvals-rows = { $detail ->
    [one] one row due
   *[other] { $detail } rows due
}
approvals-items = { $detail ->
    [one] one item
   *[other] { $detail } items
}
approvals-said = { $detail }
nav-reports = Reports
report-throughput = Throughput
report-throughput-text = Orders as they were entered, builds as they left production, orders as they were delivered.
report-time-in-phase = Time in phase
report-time-in-phase-text = Of the orders that were delivered in the range: calendar days in each phase. Of more than ten thousand, every so many-th is looked at.
report-on-time-delivery = On-time delivery
report-on-time-delivery-text = By the day of delivery, against the date that the customer wanted. Lead time is from order to delivery.
report-first-pass-yield = First-pass yield
report-first-pass-yield-text = Builds that were inspected for the first time, and how many of them passed at once.
report-backlog-age = Age of the backlog
report-backlog-age-text = Open orders as of now, by the days since they were entered.
report-customer = Customer code
report-gate = Gate
report-phase = Phase
report-all = All
report-range = Range
report-weeks = 12 weeks
report-half-year = Half a year
report-year = Year
report-years = 3 years
report-from = From
report-to = To
report-step = By
report-by-day = Day
report-by-week = Week
report-by-month = Month
report-show = Show
report-none = Nothing was counted
report-none-text = Give another range or take the filter away.
col-step = From
col-orders-entered = Orders entered
col-builds-finished = Builds finished
col-orders-delivered = Orders delivered
col-average-days = Average
col-median-days = Median
col-slowest-tenth-days = Nine of ten within
col-average-days-on-hold = On hold, average
col-orders = Orders
col-delivered = Delivered
col-on-time = On time
col-late = Late
col-on-time-percent = On time, percent
col-average-days-late = Days late, average
col-average-lead-days = Lead time, average
col-first-inspections = First inspections
col-passed-first-time = Passed at once
col-first-pass-percent = First-pass yield
col-rejections = Rejections
col-reinspections = Inspected again
col-age-group = Age
col-builds = For builds
col-on-hold = On hold
