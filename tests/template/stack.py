"""The template as people write it, and as CloudFormation gets it after the SAM transform."""

import copy
import functools
import re
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

Json = dict[str, Any]

_SURROUNDINGS = {
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "linode-region-failover",
}

TABLE_NAME: Json = {
    "Fn::If": [
        "MakesPlainTable",
        {"Ref": "ControlTable"},
        {
            "Fn::If": [
                "MakesStrongTable",
                {"Ref": "StrongControlTable"},
                {"Ref": "ControlTableName"},
            ]
        },
    ]
}
"""How the template names the control table, wherever it does."""


@functools.cache
def _parsed() -> Json:
    """The template, read once: it is long, and hundreds of tests ask for it."""
    template: Json = yaml_parse(TEMPLATE.read_text())
    return template


def written() -> Json:
    """The template before the transform, with its short-form functions as `{"Ref": …}`. The copy
    is the caller's."""
    return copy.deepcopy(_parsed())


def translated(config_upload: str = "s3://uploads/config.zip") -> Json:
    """What CloudFormation deploys, made offline by the transform's own code, defaults filled in.

    `config_upload` is where `sam deploy` put the settings; the name there is made of the content.
    The copy is the caller's.
    """
    return copy.deepcopy(_transformed(config_upload))


@functools.cache
def _transformed(config_upload: str) -> Json:
    template = written()
    template["Globals"]["Function"]["CodeUri"] = "s3://uploads/functions.zip"
    uploads = {
        "DependenciesLayer": "s3://uploads/dependencies.zip",
        "ConfigLayer": config_upload,
    }
    for layer, upload in uploads.items():
        template["Resources"][layer]["Properties"]["ContentUri"] = upload
    values = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    session = boto3.Session(region_name=_SURROUNDINGS["AWS::Region"])
    result: Json = Translator({}, Parser(), boto_session=session).translate(
        sam_template=template, parameter_values=values | _SURROUNDINGS
    )
    return result


@functools.cache
def resources() -> dict[str, Json]:
    """Every resource of the translated stack by its logical name."""
    found: dict[str, Json] = translated()["Resources"]
    return found


def of_type(kind: str) -> dict[str, Json]:
    """The properties of every resource of one type, by logical name. There is at least one."""
    found = {
        name: resource["Properties"]
        for name, resource in resources().items()
        if resource["Type"] == kind
    }
    assert found, f"the template has no {kind}"
    return found


def arguments(value: Any, **parameters: str) -> Any:
    """What an API is called with for a property: every Ref, Sub and GetAtt put in.

    Parameters of the stack have their defaults, or what is given here for them. Conditions hold,
    as if everything were deployed.
    """
    defaults = {name: spec["Default"] for name, spec in _parsed()["Parameters"].items()}
    return _put_in({**defaults, **_SURROUNDINGS, **parameters}, value)


def _put_in(known: Json, found: Any) -> Any:
    match found:
        case {"Ref": name}:
            return _named(known, name)
        case {"Fn::GetAtt": [resource, attribute]}:
            return _named(known, f"{resource}.{attribute}")
        case {"Fn::If": [_, yes, _]}:
            return _put_in(known, yes)
        case {"Fn::Sub": [text, named]}:
            return _put_in({**known, **_put_in(known, named)}, {"Fn::Sub": text})
        case {"Fn::Sub": str(text)}:
            text = re.sub(r"\$\{([^!}]+)\}", lambda hole: str(_named(known, hole[1])), text)
            return text.replace("${!", "${")
        case dict():
            return {key: _put_in(known, inner) for key, inner in found.items()}
        case list():
            return [_put_in(known, inner) for inner in found]
    return found


def _named(known: Json, name: str) -> Any:
    """A parameter's value, or an ARN as good as any for a resource of the template."""
    resource, _, attribute = name.partition(".")
    if name in known:
        return known[name]
    assert resource in resources(), f"the template has no {name}"
    return f"arn:aws:{resource}:{attribute or 'Ref'}"
