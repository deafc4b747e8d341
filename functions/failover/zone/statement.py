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


@dataclass(frozen=True, slots=True)
class Unserved:
    """The name servers that gave no answer when they were last asked, each with why.

    `refused` says that all of them answer, and refuse to serve the domain.
    """

    servers: tuple[Statement, ...]
    refused: bool

    @property
    def errors(self) -> dict[str, str]:
        """Why each gave no answer, by its name."""
        return {server.source: server.error for server in self.servers}
