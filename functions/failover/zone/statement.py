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
