"""A token of the Linode API: what it may do, and what it gets to see."""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from local.linode_records import Refused, not_found

_PERMISSIONS = ("read_only", "read_write")

WHOLE_REGIONS = (
    "domains:read_write nodebalancers:read_write linodes:read_write firewall:read_write "
    "vpc:read_write ips:read_write"
)
"""What a token needs that makes regions; that of the monitor has much less."""


TOKEN_MARK = "70c3e25ec2e7"
"""Every token of the embedded world begins so, to be recognised wherever it must not appear."""


def new_secret() -> str:
    """What a personal access token looks like: 64 hexadecimal digits."""
    return TOKEN_MARK + secrets.token_hex(26)


@dataclass(frozen=True)
class Token:
    """A personal access token.

    `grants` are those of the restricted user that it belongs to: the name of a domain or the label
    of a NodeBalancer to "read_only" or "read_write". To such a token nothing else exists. None, the
    user is not restricted. Creating records is a permission of its own, as it is with Linode's
    roles for one entity.
    """

    scopes: str
    grants: Mapping[str, str] | None = None
    creates_records: bool = True
    secret: str = field(default_factory=new_secret, repr=False)

    def __post_init__(self) -> None:
        for label, permission in (self.grants or {}).items():
            if permission not in _PERMISSIONS:
                raise ValueError(f"{label}: {permission!r} is none of {_PERMISSIONS}")

    @property
    def is_restricted(self) -> bool:
        """Whether its user may do less than the account's owner."""
        return self.grants is not None or not self.creates_records

    def rotated(self) -> Self:
        """The same, with another secret."""
        return replace(self, secret=new_secret())

    def recognize(self, header: str) -> None:
        """Raise Refused, 401, unless this Authorization header is of this token."""
        if not hmac.compare_digest(header.encode(), f"Bearer {self.secret}".encode()):
            raise Refused(401, ("Invalid Token", None))

    def need_scope(self, scope: str) -> None:
        """Raise Refused, 403, without this scope; "" is had by every token."""
        granted = set(re.split(r"[ ,]+", self.scopes))
        if scope and not granted & {"*", scope, scope.replace(":read_only", ":read_write")}:
            raise unauthorized()

    def sees(self, label: str) -> bool:
        """Whether this domain or NodeBalancer is there for this token."""
        return self.grants is None or label in self.grants

    def need_grant(self, label: str, method: str) -> None:
        """Raise Refused: 404 for what this token does not see, 403 for what it may not change."""
        if not self.sees(label):
            raise not_found()
        if method != "GET" and self.grants is not None and self.grants[label] != "read_write":
            raise unauthorized()

    def need_creation(self) -> None:
        """Raise Refused, 403, if this token may create no records."""
        if not self.creates_records:
            raise unauthorized()


def unauthorized() -> Refused:
    """What is there and not for this token to do."""
    return Refused(403, ("Unauthorized", None))
