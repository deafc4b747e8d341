"""Why did it not move? Every hold in one table: what it is, whom it binds, and what passes it.

`docs/holds.md` is made from it. The rules are in `hold_rules`, the sentences in `words.holds`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from failover.decision import hold_rules
from failover.decision.guard import Guard, Hold
from failover.decision.hold_rules import Change
from failover.decision.view import View
from failover.notify.commands import Order

Test = Callable[[View, Change], Guard | None]


class Binds(StrEnum):
    """Whom a hold keeps from changing records."""

    AUTOMATION = "automation"
    PEOPLE = "people"
    BOTH = "both"


class Force(StrEnum):
    """Whether an order with `force` passes a hold."""

    NO = "no"
    YES = "yes"
    WITH_AN_END = "with an `until`"


@dataclass(frozen=True, slots=True)
class Row:
    """One hold: whom it binds, what passes or ends it, and whether `force` does.

    `test` says in its docstring what the hold means. Without one it shows only while an order is
    put on record, and `means` says it.
    """

    test: Test | None
    binds: Binds
    ends: str
    force: Force = Force.NO
    means: str = ""

    def against(self, view: View, change: Change) -> Guard | None:
        """What keeps this change back; None if this hold does not."""
        other = Binds.AUTOMATION if change.order else Binds.PEOPLE
        if self.test is None or self.binds is other or self._passes(change.order):
            return None
        return self.test(view, change)

    def _passes(self, order: Order | None) -> bool:
        if order is None or not order.force or self.force is Force.NO:
            return False
        return self.force is Force.YES or order.until is not None


AUTOMATION, PEOPLE, BOTH = Binds.AUTOMATION, Binds.PEOPLE, Binds.BOTH

HOLDS: Mapping[Hold, Row] = {
    Hold.STOP: Row(hold_rules.stop, AUTOMATION, "`resume` of everything, or its end"),
    Hold.PAUSE: Row(hold_rules.pause, AUTOMATION, "`resume`, or its end"),
    Hold.MODE: Row(hold_rules.mode, BOTH, '`mode = "act"`, deployed'),
    Hold.SETTINGS_REVISION: Row(
        hold_rules.settings_revision, BOTH, "the newest settings, deployed to every vantage"
    ),
    Hold.CLAIM: Row(
        hold_rules.claim, BOTH, "40 s at the latest; an order waits for it while there is time"
    ),
    Hold.REGION: Row(hold_rules.region, PEOPLE, "a region of the settings"),
    Hold.ROUTING: Row(hold_rules.routing, PEOPLE, "`until`"),
    Hold.PIN: Row(
        hold_rules.pin, BOTH, "`release`, its end, or an order with an `until`, which replaces it"
    ),
    Hold.HEALTH: Row(
        hold_rules.health,
        PEOPLE,
        "`force` with an `until`: the region is pinned until then",
        Force.WITH_AN_END,
    ),
    Hold.DATA: Row(hold_rules.data, BOTH, "`force`", Force.YES),
    Hold.RECORDS: Row(hold_rules.records, BOTH, "the next reading, or a change by hand"),
    Hold.FOREIGN: Row(hold_rules.foreign, BOTH, "`takeover`"),
    Hold.READING: Row(hold_rules.reading, AUTOMATION, "the next reading"),
    Hold.ADOPTION: Row(hold_rules.adoption, AUTOMATION, "`takeover`"),
    Hold.MIXED: Row(hold_rules.mixed, AUTOMATION, "two minutes, or `takeover`"),
    Hold.DRIFT_LIMIT: Row(hold_rules.drift_limit, AUTOMATION, "an hour, or `takeover`"),
    Hold.CANDIDATES: Row(hold_rules.candidates, BOTH, "`failover` with `force` and `until`"),
    Hold.FAILBACK: Row(hold_rules.failback, AUTOMATION, "`failover` to that region, or `failback`"),
    Hold.FLIP_BUDGET: Row(hold_rules.flip_budget, AUTOMATION, "an hour; `failover` or `failback`"),
    Hold.ADDRESSES: Row(hold_rules.addresses, AUTOMATION, "a corrected item, or a change by hand"),
    Hold.CREATION: Row(
        hold_rules.creation, AUTOMATION, "the next try, or a record that is added by hand"
    ),
    Hold.NODEBALANCER: Row(
        None,
        PEOPLE,
        "the next look-up",
        means="No address of the service's NodeBalancers is known.",
    ),
    Hold.DECISION: Row(
        None,
        PEOPLE,
        "the monitor's first round",
        means="Nothing was decided about the service yet.",
    ),
    Hold.ANOTHER_ORDER: Row(
        None,
        PEOPLE,
        "look, and send it again if you still want it",
        means="Another person's order came first, in this very moment.",
    ),
    Hold.TIME: Row(
        None, PEOPLE, "send it again", means="Too little of the invocation is left to publish."
    ),
    Hold.TABLE: Row(
        None, PEOPLE, "send it again", means="The decision or the records changed under every try."
    ),
}
"""People are told of all that holds, in this order."""


def against(view: View, change: Change, *among: Hold) -> Guard | None:
    """The first of these holds that keeps a change back."""
    found = (HOLDS[hold].against(view, change) for hold in among)
    return next((guard for guard in found if guard), None)


def all_against(view: View, change: Change) -> tuple[Guard, ...]:
    """Everything that keeps a change back."""
    found = (row.against(view, change) for row in HOLDS.values())
    return tuple(guard for guard in found if guard)
