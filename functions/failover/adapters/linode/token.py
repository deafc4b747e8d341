"""Secrets, from SSM SecureStrings: the Linode token, the heartbeat URL and the values of probe
headers. None is ever part of a message.

A secret that was once read stays good when the store is away: a failover must not need a second
service to be up. CloudFormation cannot create a SecureString, so a person creates it once.
"""

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from failover.errors import TokenUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# Seconds: how long a token is used unread, and how soon a read that did not help is repeated.
_LIFE = 300.0
_PAUSE = 30.0

_REDACTED = "[token]"
# Characters at the end of a text that count as the beginning of a token.
_SHORTEST_CUT = 6


def redact(text: str, token: str) -> str:
    """The text without the token, also where it was cut off in the middle of it."""
    if not token:
        return text
    text = text.replace(token, _REDACTED)
    for size in range(len(token) - 1, _SHORTEST_CUT - 1, -1):
        if text.endswith(token[:size]):
            return text[:-size] + _REDACTED
    return text


class SsmToken:
    """Reads one SSM parameter when needed. Safe to use from many threads at once.

    Only one of them reads; the others go on with the token that there is, if there is one.
    """

    def __init__(
        self,
        ssm: "SSMClient",
        parameter: str,
        monotonic: Callable[[], float],
        what: str = "Linode token",
        pattern: str = "[!-~]+",
    ) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._what = what
        self._pattern = pattern
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._problem = ""
        self._next_read = monotonic()
        self._refused = ""
        self._next_refusal = monotonic()

    def __repr__(self) -> str:
        return f"SsmToken({self._parameter!r})"

    def redact(self, text: str) -> str:
        """The text without the token, if one is known."""
        return redact(text, self._token)

    def current(self) -> str:
        """The token, at most 300 s old, or the last good one while the store is away.

        Raises:
            TokenUnavailable: no token was ever read; says what to do.
        """
        if self._lock.acquire(blocking=not self._token):
            try:
                if self._monotonic() >= self._next_read:
                    self._read()
            finally:
                self._lock.release()
        return self._known()

    def fresh(self, refused: str) -> str:
        """The token as it is in the store now, after Linode refused this one.

        It is read at most every 30 s for the same refused token, and not at all when another
        thread has read a newer one already.

        Raises:
            TokenUnavailable: no token was ever read.
        """
        with self._lock:
            now = self._monotonic()
            if self._token == refused and (self._refused != refused or now >= self._next_refusal):
                self._refused, self._next_refusal = refused, now + _PAUSE
                self._read()
        return self._known()

    def _read(self) -> None:
        try:
            answer = self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)
            token = answer["Parameter"]["Value"].strip()
        except (BotoCoreError, ClientError) as error:
            self._problem = str(error)
        else:
            # Anything else would break the header that carries it, and be quoted in the error.
            self._problem = (
                "" if re.fullmatch(self._pattern, token) else f"its value is not a {self._what}"
            )
        if not self._problem:
            self._token = token
        self._next_read = self._monotonic() + (_PAUSE if self._problem else _LIFE)

    def _known(self) -> str:
        if self._token:
            return self._token
        raise TokenUnavailable(
            f"The {self._what} cannot be read from the SSM parameter {self._parameter}: "
            f"{self._problem}. If it does not exist yet, create it with: aws ssm put-parameter "
            f"--type SecureString --name {self._parameter} --value file://secret.txt"
        )
