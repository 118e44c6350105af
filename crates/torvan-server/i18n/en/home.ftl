# The home page.
home-title = Home
home-greeting = Welcome, { $name }
home-account = Your account
orders-title = Open orders by phase
orders-open = { $count ->
    [0] none open
    [one] one order
   *[other] { $count } orders
}
orders-first = There is no order yet. A Sales Manager makes the first one.
phase-draft = Draft
phase-configuration = Configuration
phase-approval = Approval
phase-production = Production
phase-quality-control = Quality control
phase-packaging = Packaging
phase-shipping = Shipping
work-title = Where the work is done
work-text = Orders have their pages. What has none yet is worked on in two ways, with the same rules.
work-api = API
work-api-text = Every endpoint with its values, and who may use it.
work-command = Command line
work-command-text = On the machine that runs Torvan:
person-title = You
roles = Roles
roles-none = none
system-title = System
system-release = Release
system-sessions = Open sessions
system-alerts = Open alerts
