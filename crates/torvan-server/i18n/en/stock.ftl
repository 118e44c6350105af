# Material of builds: the pick list.
pick-list-title = Pick list
pick-list-of = Pick list { $build }
pick-closed = No material goes to this build now
pick-closed-text = Material goes to builds from production to packaging, while they are not on hold or cancelled.
pick-lines = Lines to take
pick-reserved = Items reserved
pick-issued = Items issued in full
pick-short = Items short
pick-of = { $count } of { $all }
pick-progress = { $issued } issued and { $reserved } reserved of { $required }
pick-take = To take
pick-none = Nothing to take
pick-none-reserved = Nothing is reserved for this build. “Reserve” takes what its bill of materials needs, as far as it is there.
pick-none-there = What is still missing stands below; as soon as it is received, it is reserved and stands here.
pick-none-left = Everything that was reserved is issued.
pick-reserve = Reserve
pick-release = Release
pick-issue = Issue
pick-issue-all = Issue all
pick-issue-other = Issue from elsewhere
pick-quantity-of = Quantity of { $code } to issue
pick-issue-of = Issue { $code }
pick-just-issued = { $quantity } just issued
pick-lacks = Short
pick-short-by = { $quantity } short
pick-shortages = Shortages of this build
pick-receive-of = Receive { $code }
pick-material = Material
pick-shortages-of = Shortages of { $build }
pick-held = Issued to the build
pick-from = from { $place }
pick-return-short = Return
pick-return-of = Return { $code }
pick-order = Order
pick-customer = Customer
pick-phase = Phase
pick-done-reserved = Everything that the build needs is reserved or issued
pick-done-reserved-short = { $count ->
    [one] What is there is reserved; one item is short
   *[other] What is there is reserved; { $count } items are short
}
pick-done-released = What was reserved is given back
pick-done-all = { $count ->
    [0] There was nothing to issue
    [one] One line is issued
   *[other] { $count } lines are issued
}
pick-done-line = Issued
stock-issue = Issue to the build
stock-return = Return from the build
about-stock-issue = From another place or lot than the pick list names. What is promised to other builds stays theirs.
about-stock-return = The place is where it lies from now on; the lot is that which was issued.
