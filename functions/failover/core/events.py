"""What happened to a service: the entries of its history, some of which people are told of.

An event is written with the change that it reports, by the same conditional update: it waits in
the decision until it has been sent, if it is an alert, and moved to the history. So none is lost,
and none tells of a change that was never made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class What(StrEnum):
    """Every kind of event."""

    INCIDENT_BEGAN = "incident_began"
    INCIDENT_ENDED = "incident_ended"
    PUBLISHED = "published"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at `at` (Unix seconds).

    `facts` are for machines, and what the text for people is made of. `by` is the person who
    asked, if one did. `marked_until` is until when a sender is at work on it.
    """

    id: str
    at: float
    what: What
    facts: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    marked_until: float = 0.0
