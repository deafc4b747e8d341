"""What the token is allowed to do, as far as the answers of the Linode API tell."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """What is known of the token.

    `refused` is the sentence of the newest 401 or 403 that no success of the same kind has
    followed: reading a domain and changing its records are different kinds. A refused addition is
    not among them: a token that may change records and add none is a supported choice.
    `scopes` are those that the newest answer named; None before the first one.
    """

    refused: str | None = None
    scopes: frozenset[str] | None = None
