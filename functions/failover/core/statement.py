"""What each source says of a publication: the facts behind the proof that it is served."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source last said: Linode's zone file, or one name server.

    `addresses` are those that it gives, None if it gave no answer; `error` may then say why.
    """

    source: str
    addresses: tuple[str, ...] | None
    error: str = ""

    def __str__(self) -> str:
        """The same for people."""
        if self.addresses is None:
            return f"{self.source}: {self.error or 'no answer'}"
        return f"{self.source} says {', '.join(self.addresses) or 'no address'}"
