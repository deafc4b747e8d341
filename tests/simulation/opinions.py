"""What is certain of the votes, from the probes alone: who may be called healthy, who may not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

SURE = 9
"""Probes in a row, all alike and undisturbed, after which there is no doubt about a vote."""

AT_ONCE = 2.5
"""Seconds within which two ticks of a vantage may have probed: the older one did not know yet."""

LONGEST_LIFE = 240.0
LATELY = 60.0
"""Seconds for which a vote that was written surely stands, and the longest for which it may."""

SKEW = 8.0
"""Seconds by which two clocks of a run may differ."""


@dataclass(slots=True)
class Opinion:
    """What is certain of one vantage's vote on one address.

    After SURE equal results in a row the vote is certain. It stays so until as many probes say
    the opposite as could, if each of them counted, change it. Any trouble ends all certainty: a
    dying tick may or may not have counted what it saw.
    """

    run: int = 0
    last: bool = True
    sure: bool | None = None
    against: int = 0
    surely_unhealthy_at: float = 0.0
    counted_at: float = 0.0

    def probed(self, ok: bool, at: float, failures: int, recoveries: int) -> None:
        """One more probe. Of two ticks that probe at the same time only one counts it."""
        if ok is self.last and at - self.counted_at < AT_ONCE:
            return
        self.counted_at = at
        self.run = self.run + 1 if ok is self.last else 1
        self.last = ok
        if self.run >= SURE:
            self.sure, self.against = ok, 0
        elif self.sure is not None and ok is not self.sure:
            self.against += 1
            if self.against >= (failures if self.sure else recoveries):
                self.sure = None
        if self.sure is False:
            self.surely_unhealthy_at = at

    def doubted(self) -> None:
        """Nobody knows any more what was counted."""
        self.run, self.sure, self.against = 0, None, 0


@dataclass
class Electorate:
    """All listed vantages with their opinions, and when each last put its votes into the table."""

    listed: Sequence[str]
    opinions: dict[tuple[str, str], Opinion] = field(default_factory=dict)
    spoke_at: dict[str, float] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)

    def opinion(self, vantage: str, address: str) -> Opinion:
        """One vantage's on one address."""
        return self.opinions.setdefault((vantage, address), Opinion())

    def doubted(self, vantage: str) -> None:
        """Something befell a vantage."""
        for (name, _), opinion in self.opinions.items():
            if name == vantage:
                opinion.doubted()

    def blinded(self, vantage: str, now: bool) -> None:
        """Who sees nothing counts nothing: what he has said before he may still mean."""
        (self.blind.add if now else self.blind.discard)(vantage)
        if not now:
            self.doubted(vantage)

    def may_say(self, address: str, healthy: bool, decider: str, now: float) -> bool:
        """Whether the fresh votes can have added up to this, with all benefit of the doubt."""
        heard = [v for v in self.listed if v == decider or self._ago(v, now) < LONGEST_LIFE + SKEW]
        possible = [v for v in heard if self.opinion(v, address).sure is not (not healthy)]
        against = [
            v
            for v in heard
            if v not in possible
            and v not in self.blind
            and (v == decider or self._ago(v, now) < LATELY)
        ]
        return 2 * len(heard) >= len(self.listed) and len(possible) > len(against)

    def was_unhealthy(self, address: str, since: float) -> bool:
        """Whether a majority surely called it unhealthy at some time since then."""
        late = [v for v in self.listed if self.opinion(v, address).surely_unhealthy_at > since]
        return 2 * len(late) > len(self.listed)

    def _ago(self, vantage: str, now: float) -> float:
        return now - self.spoke_at.get(vantage, 0.0)
