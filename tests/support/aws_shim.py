"""Stands in for the AWS CLI in tests: `aws SERVICE OPERATION --option value ...`.

The options are those of the operation's input in botocore's model, so that one that does not exist
is an error. Known beside them: --region, --query and --output text, and that the AWS CLI says s3api
for s3, and has two flags for a boolean.
"""

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


def main(service: str, operation: str, *options: str) -> str:
    """What the AWS CLI would print."""
    given = _options(options)
    query, output = given.pop("--query", "@"), given.pop("--output", "json")
    session = boto3.Session(region_name=given.pop("--region", os.environ.get("AWS_REGION")))
    client = session.client(
        service.removesuffix("api"), endpoint_url=os.environ["AWS_ENDPOINT_URL"]
    )
    name, said = _understood(client.meta.service_model, operation, given)
    answer = getattr(client, xform_name(name))(**said)
    answer.pop("ResponseMetadata")
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
        else:
            assert given[option] == "", f"{option} has one value: quote it"
            given[option] = word
    return given


def _value(text: str, kind: str) -> Any:
    if kind in ("list", "structure") and text[0] in "[{":
        return json.loads(text)
    if kind == "list":
        return [dict(pair.split("=", 1) for pair in text.split(","))]
    if text.startswith("file://"):
        return Path(text.removeprefix("file://")).read_text(encoding="utf-8")
    if kind == "structure":
        return dict(pair.split("=", 1) for pair in text.split(","))
    return text


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]) + "\n")
