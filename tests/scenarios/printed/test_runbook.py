"""Every line of the runbook, typed as it stands in the state that its part is for."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from local.world import TOKEN_PARAMETER
from tests.scenarios.printed import effects
from tests.scenarios.printed.runbook import (
    NOT_HERE,
    PARTS,
    PRELUDE,
    STACK,
    TABLE,
    Block,
    Part,
    parts,
)
from tests.scenarios.printed.scene import Scene, on_stage
from tests.scenarios.printed.shell import Done

BLOCKS = parts()
QUESTIONS = ("status", "history", "data-status", "preflight")
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"ControlTableName": {"Value": TABLE}},
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A world with the stack of the page in it."""
    with on_stage(tmp_path_factory.mktemp("shell"), STACK) as scene:
        aws = scene.world.aws
        aws.create_control_table(TABLE)
        aws.client("cloudformation").create_stack(
            StackName=STACK, TemplateBody=json.dumps(TEMPLATE)
        )
        aws.client("scheduler").create_schedule(
            Name=f"{STACK}-monitor",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:x", "RoleArn": "arn"},
        )
        yield scene


def test_every_part_of_the_page_has_its_state() -> None:
    assert list(PARTS) == list(BLOCKS)


def test_what_cannot_be_followed_here_is_on_the_page() -> None:
    lines = {
        line
        for blocks in BLOCKS.values()
        for block in blocks
        for line in (*block.by_command, *block.by_event)
    }
    assert set(NOT_HERE) <= lines


@pytest.mark.parametrize("name", PARTS)
def test_the_lines_of_a_part_do_what_it_says(scene: Scene, name: str) -> None:
    part = PARTS[name]
    part.stage(scene)
    part.begins(scene)
    prepared = False
    for block in BLOCKS[name]:
        if not (asks(block) or prepared):
            part.first(scene)
            prepared = True
        with scene.undone():
            typed(scene, part, block.by_command)
        typed(scene, part, block.by_event or block.by_command)
    scene.until(lambda: part.ends(scene), f"the end of {name}")


def asks(block: Block) -> bool:
    """Whether its lines change nothing."""
    return not any(
        word in line
        for line in (*block.by_command, *block.by_event)
        for word in ("--force", "failback", "takeover", "put-parameter", "resume", "pause")
    )


def typed(scene: Scene, part: Part, lines: Sequence[str]) -> None:
    """Each line in turn, and then what the orders among them promise."""
    done = {line: typed_one(scene, part, line) for line in lines if line not in NOT_HERE}
    for line, command, region in ((line, *ordered(line)) for line in done):
        if command in effects.OF_ORDERS and not overtaken(line, command, lines):
            effects.OF_ORDERS[command](scene, region)


def overtaken(line: str, command: str, lines: Sequence[str]) -> bool:
    """Whether a later line undoes it, or does the rest of it."""
    later = [ordered(each)[0] for each in lines[lines.index(line) + 1 :]]
    return "resume" in later and command in ("pause", "resume")


def typed_one(scene: Scene, part: Part, line: str) -> Done:
    """One line, in a shell that has the functions of the page."""
    done = scene.shell.types(f"{PRELUDE}\n{line}")
    words = shlex.split(line)
    if words[0] == "linode-failover":
        effects.well_ended(scene, words[1], done)
        assert words[1] not in QUESTIONS or part.shows in done.text
        return done
    assert done.code == 0, (line, done)
    if words[0] == "ask":
        asked(scene, part, line)
    elif words[0] == "logs" and words[-1] != "heartbeat":
        assert part.logged in done.text
    else:
        [check] = [check for word, check in CHECKS.items() if word in words]
        check(scene, done)
    return done


def has(text: str) -> Callable[[Scene, Done], None]:
    """The output has this text."""

    def check(_scene: Scene, done: Done) -> None:
        assert text in done.text

    return check


def new_token_is_stored(scene: Scene, _done: Done) -> None:
    assert scene.stored(TOKEN_PARAMETER) == scene.world.linode.token


def rounds_were_run(scene: Scene, _done: Done) -> None:
    assert answered(scene)["rounds"]


CHECKS: Mapping[str, Callable[[Scene, Done], None]] = {
    "put-parameter": new_token_is_stored,
    "describe-stacks": has(TABLE),
    "describe-table": has("ACTIVE"),
    "list-schedules": has("ENABLED"),
    "invoke": rounds_were_run,
    "logs": has(""),  # that of a function which has nothing to say here
}
"""What the calls of the AWS CLI lead to, by a word in them."""


def asked(scene: Scene, part: Part, line: str) -> None:
    """The answer to an event tells, or says that something was changed."""
    answer = answered(scene)
    if ordered(line)[0] in QUESTIONS:
        assert part.shows in json.dumps(answer, ensure_ascii=False)
    else:
        assert answer["changed"], answer


def answered(scene: Scene) -> dict[str, object]:
    """What the page has written to a file."""
    found: dict[str, object] = json.loads((scene.shell.folder / "answer.json").read_text())
    return found


def ordered(line: str) -> tuple[str, str]:
    """The command of a line, and the region that it is about."""
    words = shlex.split(line)
    if words[0] == "ask":
        event = json.loads(words[1])
        return event["command"], event.get("region", "us-east")
    if words[0] != "linode-failover":
        return "", ""
    region = next((word for word in words[3:4] if not word.startswith("--")), "us-east")
    return words[1], region
