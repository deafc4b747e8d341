"""Commands as people type them: run in a shell where `aws` and the like only note what they got,
and checked against AWS's own models."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

from tests.support.waiting import LIMIT

NOTED = ("aws", "linode-failover", "sam", "make", "curl", "rm")
"""What a command on a page may call, beside the shell itself and Python."""

GLOBAL = {"region", "query", "output", "cli-read-timeout"}
"""Options that every operation has in both versions of the AWS CLI (their user guides)."""

STDIN = "fileb:///dev/stdin"
"""A payload that is piped in. Both versions of the AWS CLI read it as it is; on the command line
version 2 takes it for base64."""

FLAGS = {"overwrite"}

ARGUMENT = {("lambda", "invoke"): "outfile"}
"""What a word without an option before it is."""

PIPED = "piped: "
"""Stands before what was piped in, in the words that were noted."""

Words = Sequence[str]


def calls(script: str, folder: Path) -> list[Words]:
    """The words of every call that a script makes. It must end without an error."""
    noted = folder / "noted"
    noted.write_bytes(b"")
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    for name in NOTED:
        tool = tools / name
        tool.write_text(
            "#!/bin/sh\n"
            f'{{ printf "%s\\0" {name}; for word; do\n'
            f'if [ "$word" = {STDIN} ]; then printf "%s" "{PIPED}"; cat; printf "\\0"\n'
            'else printf "%s\\0" "$word"; fi; done\n'
            f'printf "\\0"; }} >> "{noted}"\n'
            "for last; do :; done\n"
            'if [ "$1 $2" = "lambda invoke" ]; then echo \'{"summary": []}\' > "$last"; fi\n'
        )
        tool.chmod(0o755)
    bash = shutil.which("bash")
    assert bash
    python = shutil.which("python3")
    assert python
    path = os.pathsep.join([str(tools), str(Path(python).parent), "/usr/bin", "/bin"])
    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    texts = noted.read_bytes().decode().split("\0\0")
    return [text.split("\0") for text in texts if text]


def aws(words: Words) -> dict[str, str]:
    """The options of a call of the AWS CLI. Every one of them exists, and none that is needed is
    missing."""
    _, service, operation, *rest = words
    options: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            options[ARGUMENT[service, operation]] = word
            continue
        name = word.removeprefix("--")
        options[name] = "" if name in FLAGS else rest.pop(0)
    known, needed = _options(service, operation)
    assert options.keys() <= known | GLOBAL, (words, sorted(options.keys() - known - GLOBAL))
    assert needed <= options.keys(), words
    return options


def _options(service: str, operation: str) -> tuple[set[str], set[str]]:
    argument = {ARGUMENT[service, operation]} if (service, operation) in ARGUMENT else set()
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, f"aws {service} has no {operation}"
    shape = model.operation_model(names[operation]).input_shape
    assert shape is not None
    known = {xform_name(member, "-") for member in shape.members}
    needed = {xform_name(member, "-") for member in shape.required_members}
    return known | argument, needed | argument


def event(options: Mapping[str, str], root: Path) -> Any:
    """The event that an invocation sends: from a file or a pipe, which both versions of the AWS CLI
    read alike, and never from the command line."""
    payload = options["payload"]
    if payload.startswith("fileb://"):
        return json.loads((root / payload.removeprefix("fileb://")).read_text())
    assert payload.startswith(PIPED), payload
    return json.loads(payload.removeprefix(PIPED))
