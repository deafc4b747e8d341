"""The driver of the runtime emulator does what the tests of the artefact rely on."""

import os
import signal
import threading
from textwrap import dedent

import pytest

from tests.artifact.rie import Function, FunctionFailed, emulator, mountable

pytestmark = pytest.mark.skipif(
    not emulator().exists(), reason="AWS has no Lambda runtime emulator for this kind of machine"
)

SOURCE = """
import json
import os
import subprocess
import sys
import time

CALLS = []

def written(file):
    try:
        open(file, "w").close()
    except OSError:
        return False
    return True

def handler(event, context):
    CALLS.append(event)
    if event == "raise":
        raise ValueError("no such region")
    if event == "sleep":
        time.sleep(60)
    if event == "import":
        import pytest
    if event == "boto":
        import boto3
    if event == "write":
        return {
            "here": [__file__, os.getcwd()],
            "refused": [each for each in ("/var/task/new", "/opt/new") if not written(each)],
            "tmp": written(os.environ["SCRATCH"]),
        }
    if event == "spawn":
        return {"child": subprocess.Popen(["sleep", "60"]).pid}
    print(json.dumps({"seen": event}))
    return {
        "calls": len(CALLS),
        "left": context.get_remaining_time_in_millis(),
        "given": os.environ.get("GIVEN"),
        "python": list(sys.version_info[:2]),
    }
"""


@pytest.fixture
def function(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app.py").write_text(dedent(SOURCE))
    return lambda **options: Function(folder, "app.handler", tmp_path, **options)


def test_a_function_answers_with_its_time_and_environment(function):
    with function(timeout=20, environment={"GIVEN": "here"}) as running:
        answer = running.invoke({})

    assert answer["given"] == "here"
    assert 0 < answer["left"] <= 20_000


def test_one_environment_serves_many_calls(function):
    with function() as running:
        assert [running.invoke({})["calls"] for _ in range(3)] == [1, 2, 3]


def test_calls_from_many_threads_wait_for_each_other(function):
    answers = []
    with function() as running:
        threads = [
            threading.Thread(target=lambda: answers.append(running.invoke({})["calls"]))
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(answers) == [1, 2, 3, 4, 5]


def test_a_function_that_raises_is_told_apart_from_one_that_answers(function):
    with function() as running, pytest.raises(FunctionFailed, match="no such region") as failed:
        running.invoke("raise")

    assert failed.value.kind == "ValueError"


def test_the_timeout_is_real(function):
    with function(timeout=1) as running:
        with pytest.raises(FunctionFailed, match="Task timed out after 1"):
            running.invoke("sleep")
        assert running.invoke({})["calls"] == 1, "the next call starts anew"


def test_what_the_function_writes_can_be_read(function):
    with function() as running:
        running.invoke("hello")

    assert {"seen": "hello"} in list(running.lines())


def test_packages_of_the_development_environment_are_out_of_reach(function):
    with function() as running, pytest.raises(FunctionFailed, match="No module named 'pytest'"):
        running.invoke("import")


def test_boto3_is_there_as_in_lambda(function):
    with function() as running:
        assert running.invoke("boto")["calls"] == 1


@pytest.mark.skipif(not mountable(), reason="this machine allows no mount namespace")
def test_code_and_layers_are_read_only_as_in_lambda(function, tmp_path):
    layer = tmp_path / "layer"
    layer.mkdir()
    with function(layers=[layer], environment={"SCRATCH": str(tmp_path / "new")}) as running:
        answer = running.invoke("write")

    assert answer == {
        "here": ["/var/task/app.py", "/var/task"],
        "refused": ["/var/task/new", "/opt/new"],
        "tmp": True,
    }


def test_no_process_outlives_the_block(function):
    with function() as running:
        running.invoke({})
        assert len(running.processes()) > 1

    assert running.processes() == []


def test_the_block_ends_orphans_too(function):
    with function() as running:
        child = running.invoke("spawn")["child"]
        os.kill(min(running.processes()), signal.SIGKILL)
        assert child in running.processes()

    assert running.processes() == []


def test_a_handler_that_does_not_exist_is_named(function, tmp_path):
    with (
        Function(tmp_path / "code", "app.handle", tmp_path) as running,
        pytest.raises(FunctionFailed, match="handle"),
    ):
        running.invoke({})
