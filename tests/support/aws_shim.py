"""Stands in for the AWS CLI in tests: `aws SERVICE OPERATION --option value ...`.

The options are those of the operation's input in botocore's model, so that one that does not exist
is an error. Known beside them: --query and --output text, and that the AWS CLI says s3api for s3.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import jmespath
from botocore import xform_name


def main(service: str, operation: str, *options: str) -> str:
    """What the AWS CLI would print."""
    session = boto3.Session(region_name=os.environ["AWS_REGION"])
    client = session.client(
        service.removesuffix("api"), endpoint_url=os.environ["AWS_ENDPOINT_URL"]
    )
    (api_name,) = (
        name
        for name in client.meta.service_model.operation_names
        if xform_name(name, "-") == operation
    )
    shape = client.meta.service_model.operation_model(api_name).input_shape
    members = {xform_name(name, "-"): (name, of) for name, of in shape.members.items()}
    given = dict(zip(options[::2], options[1::2], strict=True))
    query, output = given.pop("--query", "@"), given.pop("--output", "json")
    said = {}
    for option, value in given.items():
        name, of = members[option.removeprefix("--")]
        said[name] = _value(value, of.type_name)
    answer = getattr(client, xform_name(api_name))(**said)
    answer.pop("ResponseMetadata")
    found = jmespath.search(query, answer)
    if output == "text":
        return "\t".join(found) if isinstance(found, list) else str(found)
    return json.dumps(found, default=str) if found else ""


def _value(text: str, kind: str) -> Any:
    if text.startswith("file://"):
        return Path(text.removeprefix("file://")).read_text(encoding="utf-8")
    if kind == "structure":
        return dict(pair.split("=", 1) for pair in text.split(","))
    return text


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]) + "\n")
