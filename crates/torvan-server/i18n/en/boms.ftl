# Bills of material: one of them, why its lines are there, what changed, its approval; and the structure of the catalogue.
nav-boms = Bills of material
boms-title = Bills of material
bom-title = Bill of materials
bom-of = { $build }, bill of materials
bom-named = { $build }, bill of materials revision { $revision }
bom-views = Ways to see it
bom-tree = Tree
bom-totals = Totals
bom-compare = Compare
bom-compare-go = Compare
bom-against = Against
bom-builds = Builds of the order
bom-search = Code or name
bom-all-lines = All lines
bom-open = Open bill of materials
bom-beside = About it
bom-unit-cost = Unit cost
bom-cost = Extended
bom-cost-parts = Parts
bom-cost-assemblies = Assemblies, own cost
bom-cost-scrap = Scrap
bom-rule = Rule
bom-line-unknown = Not in the catalogue
bom-line-by-hand = By hand
bom-none-found = No line fits
bom-none-found-text = Look for a part of the code or of the name.
bom-count-lines = { $count ->
    [one] 1 line
   *[other] { $count } lines
}
bom-count-parts = { $count ->
    [one] 1 part
   *[other] { $count } different parts
}
bom-count-changed = { $count ->
    [one] 1 line
   *[other] { $count } lines
}
bom-revision = Revision { $revision }
bom-revision-draft = Revision { $revision } draft
bom-revision-submitted = Revision { $revision } waits for approval
bom-revision-approved = Revision { $revision } approved
bom-revision-released = Revision { $revision } released
bom-revision-rejected = Revision { $revision } refused
bom-revision-superseded = Revision { $revision } superseded
bom-state-draft = Draft
bom-state-submitted = Waits for approval
bom-state-approved = Approved
bom-state-released = Released
bom-state-rejected = Refused
bom-state-superseded = Superseded
bom-revisions = Revisions
bom-approval = Approval
bom-made-by = Made by
bom-submitted-by = Submitted by
bom-approved-by = Approved by
bom-rejected-by = Refused by
bom-decision-note = Note
bom-released-by = Released by
bom-configuration = Configuration
bom-open-configuration = Open the configuration
bom-version = Version { $version }
bom-rule-set = Rule set
bom-hash = Content SHA-256
bom-unknown-codes = { $count ->
    [one] One code is not in the catalogue.
   *[other] { $count } codes are not in the catalogue.
}
bom-without-cost = { $count ->
    [one] One part has no cost yet; the sum leaves it out.
   *[other] { $count } parts have no cost yet; the sum leaves them out.
}
bom-by-hand = Lines were added by hand by { $who }.
bom-not-present = The build has another bill of materials now.
bom-no-findings = Nothing to mend
bom-order-rests = The order rests; nothing is decided until it goes on.
bom-needs-codes = It cannot be submitted before every code is in the catalogue.
bom-may-submit = It can be submitted. Somebody else then approves it.
bom-needs-submission = A Sales Manager submits it.
bom-needs-other = You made, submitted or changed it: a second person has to approve it.
bom-may-approve = You neither made nor submitted it, so you may approve it.
bom-needs-approval = It waits for a Production Manager or Administrator who neither made nor submitted it.
bom-needs-revision = It was refused: change the configuration and make the next revision.
bom-waits-release = It is released when the order goes to production.
signed-title = Signed
signed-for = { $who } for { $for }
signature-superseded = What { $who } signed was changed afterwards.
signature-forged = The signature of { $who } does not hold.
bom-submit = Submit for approval
bom-submit-title = Submit for approval
bom-submit-means = It then waits for a second person, who approves or refuses it. A change of the configuration makes a new revision.
bom-approve = Approve
bom-approve-title = Sign: approve bill of materials
bom-approve-means = An approved bill of materials never changes; revisions approved before are superseded.
bom-reject = Refuse
bom-reject-title = Sign: refuse bill of materials
bom-reject-means = It needs another revision then. Your reason is shown to whoever makes it.
bom-duties = Submitted by { $who }. You did not make or submit it.
bom-not-open = This bill of materials does not wait for that: it is in another state, was replaced, or its order is on hold or cancelled.
bom-note = Note (optional)
bom-done-submitted = Submitted for approval.
bom-done-approved = Approved and signed.
bom-done-rejected = Refused, with your reason.
bom-changed = What changed
bom-change = Change
bom-in = In
bom-difference = Difference
bom-inside = { $count ->
    [one] with 1 component
   *[other] with { $count } components
}
bom-same = Both are the same
bom-same-text = Every line has the same quantity in both revisions.
bom-changes-more = { $count ->
    [one] One more change is not shown.
   *[other] { $count } more changes are not shown.
}
change-added = Added
change-changed = Changed
change-removed = Removed
tree-item = Item
tree-sum = In the parent
tree-quantity = Quantity
tree-unit = Unit
tree-open = Open { $code }
tree-close = Close { $code }
tree-more = { $count ->
    [one] 1 more component
   *[other] { $count } more components
}
why-title = Why is this line here?
why-quantity = { $quantity } { $unit } in this sink
why-condition = Condition
why-value = Value
why-met = met
why-uses = Where used here
why-use = { $per } each, { $all } in all
why-top = The sink itself
why-made-of = Made of
why-all-components = { $count ->
    [0] In the catalogue
   *[other] All { $count } components and where used
}
why-catalogue = Where used in the catalogue
why-rules = Open the rules
why-through = It is in { $code }: { $title }
why-by-hand = Added by hand by { $who }: { $why }
why-place = Place
why-rule-quantity = Quantity
why-more-rules = { $count ->
    [one] One more rule brings it.
   *[other] { $count } more rules bring it.
}
condition-or = or
condition-given = { $what } is given
condition-not-given = { $what } is not given
structure-title = Structure
structure-way = Made of, where used
structure-of = { $code }, structure
structure-none = It has no components
structure-none-text = No revision in force names any.
structure-scrap = Scrap
structure-revision = Revision
structure-optional = Optional
structure-weight = with all components
structure-hours = of work
structure-lead-time = lead time
where-used-title = Where used
where-used-of = { $name }, where used
where-used-none = Nothing uses it
where-used-none-text = It goes into no assembly that is in force now.
where-used-top = Top of its structure
where-used-level = Level { $level }
where-used-level-head = Level
where-used-per = In one
where-used-total = In all
where-used-more = { $count ->
    [one] One more assembly uses it.
   *[other] { $count } more assemblies use it.
}
