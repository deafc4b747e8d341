"""Token sources for what asks the Linode API."""

from dataclasses import dataclass


@dataclass
class KnownToken:
    """A token source that knows its token, and no other."""

    secret: str

    def current(self) -> str:
        """The token."""
        return self.secret

    def fresh(self, refused: str) -> str:
        """There is no other."""
        return refused
