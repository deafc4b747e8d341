"""Sending an event to the control function of a stack, and what comes back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cli import logs
from cli.target import Target
from cli.trouble import Exit, Trouble

Answer = Mapping[str, Any]

_PERMISSIONS = "docs/permissions.md lists what a person on call needs"
_STEPS: Mapping[str, str] = {
    "ResourceNotFoundException": (
        "check the name of the stack and its AWS region (--stack, --region); "
        "aws cloudformation list-stacks shows yours"
    ),
    "AccessDeniedException": f"ask for lambda:InvokeFunction on this function; {_PERMISSIONS}",
    "ExpiredTokenException": "log in to AWS again, for example with: aws sso login",
    "UnrecognizedClientException": "log in to AWS again, for example with: aws sso login",
}
"""What to do about an error of AWS, by its code."""


class Control:
    """The control function. With several vantages, that of any which answers.

    `target` is the one that answered last; before that, the first.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = list(targets)
        self.target = self._targets[0]

    def ask(self, event: Mapping[str, object]) -> Answer:
        """The answer to one event. Raises Trouble."""
        missed: list[Trouble] = []
        for target in list(self._targets):
            try:
                answer = _invoked(target, event)
            except Trouble as trouble:
                missed.append(trouble)
                continue
            self.target = target
            self._targets.sort(key=lambda each: each != target)
            return answer
        if len(missed) == 1:
            raise missed[0]
        every = "; ".join(f"{t.stack} in {t.region}" for t in self._targets)
        raise Trouble(
            f"No vantage answers ({every}): " + " ".join(trouble.what for trouble in missed),
            missed[0].step,
        )


def _invoked(target: Target, event: Mapping[str, object]) -> Answer:
    function = f"{target.stack}-control"
    with aws(f"function {function} in {target.region}"):
        reply = target.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        answer = json.loads(reply["Payload"].read() or b"null")
    if reply.get("FunctionError") or not isinstance(answer, dict) or "summary" not in answer:
        said = answer.get("errorMessage") if isinstance(answer, dict) else None
        raise Trouble(
            f"The function {function} in {target.region} failed: {said or 'it said nothing'}.",
            f"see its log: {logs.recent(function, target.region)}",
        )
    return answer


@contextmanager
def aws(what: str) -> Iterator[None]:
    """Puts into words what AWS refuses. Raises Trouble."""
    from botocore.exceptions import (  # noqa: PLC0415 - slow
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ProfileNotFound,
        TokenRetrievalError,
    )

    try:
        yield
    except (NoCredentialsError, TokenRetrievalError) as error:
        raise Trouble(
            f"AWS credentials are missing: {error}.",
            "log in, for example with aws sso login or aws configure, or set AWS_PROFILE",
        ) from None
    except ProfileNotFound as error:
        raise Trouble(f"{error}.", "aws configure list-profiles shows those that exist") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = error.response["Error"].get("Message", "")
        raise Trouble(
            f"AWS refused: {what}: {code}: {said}", _STEPS.get(code, _PERMISSIONS)
        ) from None
    except BotoCoreError as error:
        raise Trouble(
            f"AWS does not answer: {what}: {error}",
            "check your network; an order that was sent may have been followed: look at the "
            "status. When AWS is gone: docs/by-hand.md",
        ) from None


def understood(answer: Answer) -> Answer:
    """The answer, unless the event was refused or failed. Raises Trouble."""
    if answer.get("problems"):
        raise Trouble(
            "The control function refused this: " + "; ".join(answer["problems"]),
            "correct the command line; --help shows what there is",
            Exit.REFUSED,
        )
    if answer.get("failed"):
        raise Trouble(" ".join(answer["summary"]), "look at the status: linode-failover status")
    return answer
