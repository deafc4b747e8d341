"""The headers of a probe. Values of some are secret: they are sent, and appear nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol
from urllib.parse import quote

from failover.adapters.http.client import PRODUCT
from failover.settings.model import Health

OWN: Mapping[str, str] = {
    "User-Agent": PRODUCT,
    "Accept": "application/json, */*",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}
"""What every probe sends. Settings can change none of it."""

HIDDEN = "[secret]"

SHORTEST = 8
"""Characters of the shortest secret, and of the shortest word of one that is hidden by itself."""

VALUE = f"[!-~][ -~]{{{SHORTEST - 2},1022}}[!-~]"
"""What the value of a secret header must match."""

# Characters of a secret that count as its beginning: the rest may have been cut off.
_SHORTEST_CUT = 6


class Source(Protocol):
    """Where a secret comes from. Both raise TokenUnavailable while none is known."""

    def current(self) -> str:
        """The secret, from memory where it is not too old."""

    def fresh(self, refused: str) -> str:
        """The secret, read again because this one was refused."""


@dataclass(frozen=True, slots=True)
class ProbeHeaders:
    """The headers of one probe; `secrets` are the secret values by the name of their parameter."""

    all: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, health: Health, sources: Mapping[str, Source]) -> "ProbeHeaders":
        """Those that the settings ask for. Raises TokenUnavailable."""
        hidden = {name: sources[name].current() for name in health.secret_headers.values()}
        secret = {header: hidden[name] for header, name in health.secret_headers.items()}
        return cls({**health.headers, **secret, **OWN}, hidden)

    def refused(self, sources: Mapping[str, Source]) -> None:
        """Read the secrets again for the next probe: somebody may have replaced them."""
        for name, value in self.secrets.items():
            sources[name].fresh(value)

    def hide(self, text: str) -> str:
        """The text without the secrets: servers repeat what they were sent."""
        for secret in self.secrets.values():
            for word in sorted(_forms(secret), key=len, reverse=True):
                text = _without(text, word)
        return text


def _forms(secret: str) -> Iterator[str]:
    """How a server may repeat it: whole, one of its words ("Bearer ..."), as quoted, in a URL."""
    for word in {secret, *(each for each in secret.split() if len(each) >= SHORTEST)}:
        yield from {word, word.replace('"', "'"), quote(word, safe="")}


def _without(text: str, secret: str) -> str:
    """The text without the secret, in any case of letters, also where it was cut off."""
    lower, wanted = text.lower(), secret.lower()
    kept, at = "", 0
    while (found := lower.find(wanted[:_SHORTEST_CUT], at)) >= 0:
        kept += text[at:found] + HIDDEN
        pairs = zip(lower[found:], wanted, strict=False)
        at = found + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return kept + text[at:]
