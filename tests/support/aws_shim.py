"""Stands in for the AWS CLI in tests: `aws SERVICE OPERATION --option value ...`.

The options are those of the operation's input in botocore's model, so that one that does not exist
is an error. Known beside them: --region, --query, --output text and --cli-read-timeout, that the
AWS CLI says s3api for s3, and has two flags for a boolean, and that `lambda invoke` writes the
answer to a file.
"""

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import jmespath
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.validate import validate_parameters


def install(folder: Path) -> None:
    """Make it the command `aws` of whoever has this folder on their PATH."""
    shim = folder / "aws"
    root = Path(__file__).parents[2]
    shim.write_text(
        f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m tests.support.aws_shim "$@"\n'
    )
    shim.chmod(0o755)


STDIN = "fileb:///dev/stdin"
OUTFILE = "outfile"
"""Stands for the option that a word without one has: the file for the answer of `lambda invoke`."""


def main(service: str, operation: str, *options: str, stdin: bytes = b"") -> str:
    """What the AWS CLI would print."""
    given = _options(options)
    query, output = given.pop("--query", "@"), given.pop("--output", "json")
    given.pop("--cli-read-timeout", None)
    outfile = given.pop(OUTFILE, None)
    assert (outfile is not None) is ((service, operation) == ("lambda", "invoke"))
    region = given.pop("--region", os.environ.get("AWS_REGION"))
    client = client_of(service.removesuffix("api"), region, os.environ["AWS_ENDPOINT_URL"])
    name, said = _understood(client.meta.service_model, operation, given)
    said = {key: stdin if value == STDIN else value for key, value in said.items()}
    answer = getattr(client, xform_name(name))(**said)
    answer.pop("ResponseMetadata")
    written = ""
    if outfile:
        payload = answer.pop("Payload").read().decode()
        if outfile == "/dev/stdout":
            written = payload
        else:
            Path(outfile).write_text(payload, encoding="utf-8")
    return written + _printed(answer, query, output)


@functools.cache
def client_of(service: str, region: str | None, endpoint: str) -> Any:
    """A client, made once: that is slow."""
    return boto3.Session(region_name=region).client(service, endpoint_url=endpoint)


def _printed(answer: Any, query: str, output: str) -> str:
    found = jmespath.search(query, answer)
    if output == "text":
        return "\t".join(found) if isinstance(found, list) else str(found)
    return json.dumps(found, default=str) if found else ""


def check(service: str, operation: str, *options: str) -> None:
    """Whether the AWS CLI would send it. Raises what it would refuse it with."""
    given = _options(options)
    assert given.pop("--region"), "the region is given, or it would go to another one"
    jmespath.compile(given.pop("--query", "@"))
    model = botocore.session.get_session().get_service_model(service)
    name, said = _understood(model, operation, given)
    validate_parameters(said, model.operation_model(name).input_shape)


def _understood(
    model: ServiceModel, operation: str, given: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    """The name of the operation in the API, and its parameters."""
    (api_name,) = (name for name in model.operation_names if xform_name(name, "-") == operation)
    shape = model.operation_model(api_name).input_shape
    members = {xform_name(name, "-"): (name, of) for name, of in shape.members.items()}
    said = {}
    for option, value in given.items():
        flag = option.removeprefix("--")
        name, of = members[flag.removeprefix("no-") if value == "" else flag]
        said[name] = _value(value, of.type_name) if value else not flag.startswith("no-")
    return api_name, said


def _options(words: tuple[str, ...]) -> dict[str, str]:
    """Each option with its value, which is empty for a flag."""
    given: dict[str, str] = {}
    option = ""
    for word in words:
        if word.startswith("--"):
            option = word
            given[option] = ""
        elif given.get(option) != "":
            assert OUTFILE not in given, f"{option} has one value: quote it"
            given[OUTFILE] = word
        else:
            given[option] = word
    return given


def _value(text: str, kind: str) -> Any:
    if kind in ("list", "structure") and text[0] in "[{":
        return json.loads(text)
    if kind == "list":
        return [dict(pair.split("=", 1) for pair in text.split(","))]
    if kind in ("integer", "long"):
        return int(text)
    if text.startswith("file://"):
        return Path(text.removeprefix("file://")).read_text(encoding="utf-8")
    if kind == "structure":
        return dict(pair.split("=", 1) for pair in text.split(","))
    return text


if __name__ == "__main__":
    piped = sys.stdin.buffer.read() if STDIN in sys.argv else b""
    sys.stdout.write(main(*sys.argv[1:], stdin=piped) + "\n")
