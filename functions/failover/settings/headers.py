"""What the headers of a probe may be: plain ones, and those whose values are secret.

A wrong value is never repeated: it may be a secret that is in the wrong place.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from failover.settings.refusal import Refusal

MOST = 16
"""Headers of one kind."""

_OF_THE_PROBE = frozenset(
    {
        "accept", "accept-encoding", "cache-control", "connection", "content-length", "expect",
        "keep-alive", "proxy-connection", "range", "te", "trailer", "transfer-encoding", "upgrade",
        "user-agent",
    }
)  # fmt: skip
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


def once_each(names: list[str]) -> None:
    """Raises Refusal when a name is there twice. The case of its letters does not matter."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise Refusal(f"with {name} twice (upper and lower case are the same)")
        seen.add(name.lower())


def _sendable(value: dict[str, str]) -> dict[str, str]:
    """Headers that leave a probe what it is."""
    for name in value:
        if name.lower() == "host":
            raise Refusal("with Host, which has a key of its own", 'write host = "name.of.yours"')
        if name.lower() in _OF_THE_PROBE:
            raise Refusal(f"with {name}, which the probe itself decides")
    once_each(list(value))
    return value


def _plain(value: dict[str, str]) -> dict[str, str]:
    """Headers that anybody who reads the settings may see."""
    for name in value:
        if name.lower() in _CREDENTIALS:
            raise Refusal(
                f"with {name}, whose value is a secret",
                f'write secret_headers = {{ "{name}" = "/path/{name.lower()}" }}',
            )
    return value


# RFC 9110: a token (5.6.2), and visible characters with spaces between them (5.5).
_Name = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$")]
_Text = Annotated[str, Field(pattern=r"^[!-~]([ -~]*[!-~])?$", max_length=1024)]
_Parameter = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_.-]+){2,}$", max_length=1011)]

Headers = Annotated[
    dict[_Name, _Text],
    Field(max_length=MOST),
    AfterValidator(_plain),
    AfterValidator(_sendable),
]
SecretHeaders = Annotated[
    dict[_Name, _Parameter], Field(max_length=MOST), AfterValidator(_sendable)
]
