"""Fails every test in whose output the Linode token can be seen, whoever printed it.

The tokens of the embedded world begin with `TOKEN_MARK`. It is looked for in what a test and its
children print, log and raise, in the logs of built functions, and in the control table and the
alerts that are left when a world closes.
"""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from local.container import Container
from local.linode_token import TOKEN_MARK
from local.world import TABLE, LocalWorld
from tests.artifact.rie import Function

# The mark alone is no secret: Hypothesis tries the constants that it finds in a program's source.
_TOKEN = re.compile(TOKEN_MARK + "[0-9a-f]{8}")

seen: list[str] = []
"""Where the token was seen in the test that is running."""


def watch(where: str, text: object) -> None:
    """Remember it when the token is in a text."""
    if _TOKEN.search(str(text)):
        seen.append(where)


def _read_by_the_test(capture: Any) -> Any:
    """A `readouterr` that looks at what the test takes away with it."""
    read = capture.readouterr

    def readouterr(self: Any) -> Any:
        out, err = found = read(self)
        watch("the output that the test has read", out)
        watch("the error output that the test has read", err)
        return found

    return readouterr


@pytest.fixture(autouse=True, scope="session")
def watched_parts() -> Iterator[None]:
    """What goes past pytest: captured output that tests read, invocations, and control tables."""
    with pytest.MonkeyPatch.context() as patch:
        capture = pytest.CaptureFixture
        patch.setattr(capture, "readouterr", _read_by_the_test(capture))
        printed = Container.printed

        def also_watched(self: Container, text: str) -> None:
            watch("what an invocation printed", text)
            printed(self, text)

        patch.setattr(Container, "printed", also_watched)
        run = subprocess.run

        def run_watched(*args: Any, **options: Any) -> subprocess.CompletedProcess[Any]:
            done = run(*args, **options)
            watch("what a child process printed", f"{done.stdout!s} {done.stderr!s}")
            return done

        patch.setattr(subprocess, "run", run_watched)
        leave = LocalWorld.__exit__

        def leave_watched(self: LocalWorld, *why: object) -> None:
            if not any(why):
                watch("the control table", _items(self))
                watch("the alerts", _alerts(self))
            leave(self, *why)

        patch.setattr(LocalWorld, "__exit__", leave_watched)
        end = Function.__exit__

        def end_watched(self: Function, *why: object) -> None:
            watch("the log of a built function", self.log)
            end(self, *why)

        patch.setattr(Function, "__exit__", end_watched)
        yield


def _items(world: LocalWorld) -> list[Any]:
    found: list[Any] = world.aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    return found


def _alerts(world: LocalWorld) -> list[Any]:
    topics = world.aws.client("sns").list_topics()["Topics"]
    return [world.aws.published(topic["TopicArn"]) for topic in topics]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None] | Any:
    """Look at the report of each phase, and at what was seen besides."""
    report: pytest.TestReport = yield
    for name, text in report.sections:
        watch(name, text)
    watch("the report of the failure", report.longreprtext)
    if seen and (report.when == "teardown" or report.failed):
        places = ", ".join(dict.fromkeys(seen))
        seen.clear()
        report.outcome = "failed"
        report.longrepr = f"The Linode token was printed: look into {places}."
        report.sections = []
    return report
