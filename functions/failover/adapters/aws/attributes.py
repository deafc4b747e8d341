"""Plain data in DynamoDB's typed form, {"N": "3"} for 3, and back.

boto3 does both, too; to load it for that alone takes a cold start 20 ms, which its transfers of
files to S3 need.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def typed(value: object) -> dict[str, Any]:
    """A value of JSON as an attribute. A float is written so that it reads as that float again.

    Raises TypeError for anything else.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": {name: typed(inner) for name, inner in value.items()}}
        case list():
            return {"L": [typed(inner) for inner in value]}
    raise TypeError(f"no attribute for a {type(value).__name__}")


def plain(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- whatever was written
    """What an attribute holds, of any type that DynamoDB has. Numbers are decimals, as there."""
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return Decimal(value)
        case "NS":
            return {Decimal(each) for each in value}
        case "SS" | "BS":
            return set(value)
        case "M":
            return {name: plain(inner) for name, inner in value.items()}
        case "L":
            return [plain(inner) for inner in value]
    return value
