"""`failover.schema.json`: what an editor needs to complete and check a settings file.

Made from the tables that read the file. It accepts all that they do, and more: what must hold
between values is said by `make check-config` alone. Only a status that is listed twice is accepted
there and marked here.
"""

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, NoDefault

from failover.settings.tables import File


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, _: Any) -> bool:
        return False  # the key says it

    def get_default_value(self, schema: Any) -> Any:
        default = super().get_default_value(schema)
        return NoDefault if default is None else default  # TOML has no null


def text() -> str:
    """The whole file `layers/config/failover.schema.json`."""
    schema = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$comment": "Generated: python -m cli.schema",
        **File.model_json_schema(schema_generator=_Schema),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
