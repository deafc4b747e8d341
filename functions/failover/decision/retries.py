"""What failed and is retried: how often it has failed, since when, and the last error."""

from dataclasses import dataclass
from enum import StrEnum

from failover.decision.view import View
from failover.publication.state import State


class Retried(StrEnum):
    """What can be retried."""

    PUBLICATION = "publication"
    READING = "reading"
    CREATION = "creation"


@dataclass(frozen=True, slots=True)
class Retry:
    """One thing that failed and is retried, in every round or, where `again` says so, from then on.

    `since` is when it was first to be done, `by` the vantage that is at work on it now.
    """

    what: Retried
    failed: int
    since: float
    error: str = ""
    regions: tuple[str, ...] = ()
    again: float | None = None
    by: str | None = None


def retries(view: View) -> tuple[Retry, ...]:
    """All of them."""
    state, found = view.state, []
    if view.unfinished:
        found.append(_publication(view.unfinished, view.now))
    failing = [b.unread for b in view.alive if b.unread]
    if failing:
        longest = min(failing, key=lambda unread: unread.since)
        found.append(Retry(Retried.READING, longest.failed, longest.since, longest.error))
    if state and (refused := state.limits.create_refused):
        again = state.limits.create_not_before
        found.append(
            Retry(Retried.CREATION, refused.failed, refused.since, refused.error, again=again)
        )
    return tuple(found)


def _publication(state: State, now: float) -> Retry:
    """The attempt that holds the claim has not failed yet."""
    going = state.publication
    claim = going.claim if going.claim and going.claim.until > now else None
    return Retry(
        Retried.PUBLICATION,
        going.attempt - (claim is not None),
        going.decided_at,
        going.last_error,
        tuple(going.targets),
        by=claim.vantage if claim else None,
    )
