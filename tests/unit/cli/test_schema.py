"""The schema that editors complete and check a settings file by."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cli import schema
from tests.support.settings_file import HEALTH, REGION, SERVICE, good, having, without
from tests.unit.settings.test_values import ACCEPTED, LABEL

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "layers" / "config"
FILE = CONFIG / "failover.schema.json"
SHIPPED = (CONFIG / "failover.example.toml").read_text(encoding="utf-8")
VALIDATOR = Draft202012Validator(
    json.loads(schema.text()), format_checker=Draft202012Validator.FORMAT_CHECKER
)

DATA_NOWHERE = without(good(), *REGION, "aws_region")["service"][0] | {"data": {"table": "orders"}}


def faults(data):
    """Where an editor would show a mistake."""
    return [".".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(data)]


def test_the_file_is_what_the_tables_say():
    """Make it anew: PYTHONPATH=functions .venv/bin/python -m cli.schema > (the file)"""
    assert FILE.read_text(encoding="utf-8") == schema.text()


def test_it_is_a_schema_itself():
    Draft202012Validator.check_schema(json.loads(schema.text()))


def test_the_shipped_settings_name_it_in_their_first_line():
    named = SHIPPED.partition("\n")[0].removeprefix("#:schema ")

    assert (CONFIG / named).resolve() == FILE


def test_the_shipped_settings_have_no_fault_in_the_editor():
    """Its example values are good in form: only make check-config asks for others."""
    assert not faults(tomllib.loads(SHIPPED))


def test_the_worked_example_has_no_fault_in_the_editor():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    assert not faults(tomllib.loads(example))


@pytest.mark.parametrize("change", ACCEPTED, ids=str)
def test_what_the_check_accepts_has_no_fault_in_the_editor(change):
    assert not faults(having(good(), *change))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("revision", 0), "revision"),
        (("revision", "1"), "revision"),
        (("vantages", []), "vantages"),
        (("vantages", ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"]), "vantages"),
        (("vantages", ["eu-west-1", "eu-west-1"]), "vantages"),
        (("references", ["ftp://shop.test/"]), "references.0"),
        (("intervall", "10s"), ""),
        (("service", []), "service"),
        ((*SERVICE, "mode", "on"), "service.0.mode"),
        ((*SERVICE, "routing", "latency"), "service.0.routing"),
        ((*SERVICE, "ttl", 60), "service.0.ttl"),
        ((*SERVICE, "record", "App.shop.test"), "service.0.record"),
        ((*SERVICE, "timeout", "4s"), "service.0"),
        ((*SERVICE, "data", {}), "service.0.data"),
        ((*SERVICE, "data", {"table": "orders", "max_age": 60}), "service.0.data.max_age"),
        ((*SERVICE, "data", {"table": "orders", "key": {}}), "service.0.data.key"),
        ((*SERVICE, "data", {"table": "orders", "attribute": "at"}), "service.0.data.attribute"),
        ((*HEALTH, "timeout", "4"), "service.0.health.timeout"),
        ((*HEALTH, "status", [99]), "service.0.health.status.0"),
        ((*HEALTH, "json", {"status": ["healthy"]}), "service.0.health.json.status"),
        ((*HEALTH, "path", "/a#b"), "service.0.health.path"),
        ((*REGION, "ipv4", "10.0.0.300"), "service.0.region.0.ipv4"),
        ((*REGION, "ipv6", "10.0.0.1"), "service.0.region.0.ipv6"),
        ((*REGION, "nodebalancer", "lb-us-east"), "service.0.region.0"),
        (("service", 0, DATA_NOWHERE), "service.0.region.0"),
        ((*REGION, LABEL | {"ipv6": "::1"}), "service.0.region.0"),
        ((*REGION, {"name": "a", "aws_region": "us-east-1"}), "service.0.region.0"),
        ((*SERVICE, "region", good()["service"][0]["region"][:1]), "service.0.region"),
    ],
    ids=str,
)
def test_a_mistake_is_shown_at_its_place(change, where):
    assert faults(having(good(), *change)) == [where]


@pytest.mark.parametrize("field", ["name", "domain", "record", "mode", "region"])
def test_what_only_its_owner_knows_is_asked_for(field):
    assert faults(without(good(), *SERVICE, field)) == ["service.0"]


def test_every_value_explains_itself():
    """With what is allowed, and an example that is allowed."""
    tables = VALIDATOR.schema["$defs"]

    for table in (VALIDATOR.schema, *tables.values()):
        for key, value in table.get("properties", {}).items():
            named = value.get("items", value).get("$ref", "").rpartition("/")[2]
            if "properties" in tables.get(named, {}):
                continue
            check = Draft202012Validator({**value, "$defs": tables})
            assert value["description"], key
            check.validate(value["examples"][0])
            if "default" in value:
                check.validate(value["default"])


def test_the_validator_can_fail():
    with pytest.raises(ValidationError):
        VALIDATOR.validate({})
