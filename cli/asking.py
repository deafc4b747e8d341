"""Sending an event to the control function of a stack, and what comes back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cli import logs
from cli.refusals import aws
from cli.target import Target
from cli.trouble import Exit, Trouble

Answer = Mapping[str, Any]


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
