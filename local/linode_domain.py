"""A domain and its versions: what is read late or rendered late is an older one."""

import math
import time
from collections import deque
from collections.abc import Mapping
from functools import cached_property

import dns.zone

from local.linode_records import Fields, not_found, zone_file

_REMEMBERED = 256
"""Versions kept of a domain. What asks for an older one gets the oldest of them."""


class Delay:
    """So many seconds pass until what has changed is shown.

    Making it longer takes back nothing that was shown already.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._shown = -math.inf

    @property
    def seconds(self) -> float:
        """The delay; setting it moves what is waiting, too."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        self._shown = self.horizon()
        self._seconds = seconds

    def horizon(self) -> float:
        """The moment, in monotonic time, up to which changes are shown."""
        return max(self._shown, time.monotonic() - self._seconds)


class Version:
    """A domain between two changes; `since` is monotonic time. Nothing in it ever changes."""

    def __init__(self, fields: Fields, records: Mapping[int, Fields], serial: int) -> None:
        self.since = time.monotonic()
        self.fields = fields
        self.records = dict(records)
        self._serial = serial

    def record(self, record_id: int) -> Fields:
        """One record. Raises Refused with status 404."""
        if record_id not in self.records:
            raise not_found()
        return self.records[record_id]

    @cached_property
    def lines(self) -> list[str]:
        """The zone file; nothing for a domain that is not to be served."""
        if self.fields["status"] != "active":
            return []
        return zone_file(self.fields, list(self.records.values()), self._serial)

    @cached_property
    def zone(self) -> dns.zone.Zone | None:
        """The zone file as a zone, if there is one."""
        if not self.lines:
            return None
        text, origin = "\n".join(self.lines), self.fields["domain"]
        return dns.zone.from_text(text, origin=origin, relativize=False, check_origin=False)


class Domain:
    """One domain: its own fields and its records by id. A change replaces what it changes."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.records: dict[int, Fields] = {}
        self._serial = 2021000000
        self._versions: deque[Version] = deque(maxlen=_REMEMBERED)
        self.changed()

    @property
    def name(self) -> str:
        """The domain's name, without a final dot."""
        return str(self.fields["domain"])

    @property
    def last_write(self) -> float:
        """When it changed last, in monotonic time."""
        return self._versions[-1].since

    def changed(self) -> None:
        """To be called after each change: from now on there is a new version."""
        self._serial += 1
        self._versions.append(Version(self.fields, self.records, self._serial))

    def as_of(self, moment: float) -> Version | None:
        """The version of that moment, in monotonic time; None if there was no domain yet."""
        for version in reversed(self._versions):
            if version.since <= moment:
                return version
        return self._versions[0] if len(self._versions) == _REMEMBERED else None
