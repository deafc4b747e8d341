"""`failover.schema.json`: what an editor needs to complete and check a settings file.

Made from the tables and rules that read the file. It accepts all that they do, and more: what must
hold between values is said by `make check-config` alone.
"""

import json
import sys
import tomllib
from typing import Any

from failover.settings.refusal import Rule
from failover.settings.table import Table, bounds
from failover.settings.tables import TABLES, File, rules_of


def text() -> str:
    """The whole file `layers/config/failover.schema.json`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated: python -m cli.schema",
        "title": "The settings of Linode Region Failover",
        **_table(File),
    }
    return json.dumps(schema, indent=2) + "\n"


def _table(table: type[Table]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, spec in table.model_fields.items():
        key, many = spec.alias or name, bounds(spec)
        if key in TABLES:
            inner = _table(TABLES[key])
            properties[key] = {"type": "array", "items": inner, **many} if many else inner
        else:
            properties[key] = _value(key, rules_of(table)[key])
            if spec.default is not None and not spec.is_required():
                properties[key]["default"] = spec.default
        if many or spec.is_required():
            required.append(key)
    return {
        "type": "object",
        "description": table.head,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **table.together,
    }


def _value(key: str, rule: Rule) -> dict[str, Any]:
    example = tomllib.loads(f"{key} = {rule.example}")[key]
    allowed = rule.allowed[0].upper() + rule.allowed[1:]
    return {"description": f"{allowed}.", **rule.schema, "examples": [example]}


if __name__ == "__main__":
    sys.stdout.write(text())
