"""Whether a failover would succeed if one were needed now: what the sign of life rests on."""

from failover.decision.record_conditions import unread_for_long
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.state import State
from failover.settings.model import Mode

PREVENTS_FAILOVER = frozenset(
    {
        Kind.RECORDS_UNREAD,
        Kind.TOKEN_REFUSED,
        Kind.ADOPTION_HELD,
        Kind.FAILOVER_FAILED,
        Kind.NOT_SERVED,
        Kind.ZONE_DISABLED,
    }
)
"""The kinds under which a failover would not succeed, whatever the regions do."""


def able(view: View, state: State | None) -> bool:
    """Whether a failover would succeed if one were needed now: what a sign of life must not hide.

    `state` is the decision after the round. In `observe` mode no failover is promised, so that only
    the records must be readable.
    """
    if unread_for_long(view):
        return False
    if view.service.mode is Mode.OBSERVE:
        return True
    return state is not None and not state.notices.holding() & PREVENTS_FAILOVER
