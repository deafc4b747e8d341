"""Requests and answers of the Linode API, and its paginated lists."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.linode_filter import filtered
from local.linode_records import Fields, Refused


@dataclass(frozen=True)
class Request:
    """One HTTP request; the path without the prefix, header names in lower case.

    `as_of` is the moment, in monotonic time, whose domains and records a GET gets to see.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    as_of: float = math.inf

    def json(self) -> Fields:
        """The body as an object. Raises Refused."""
        try:
            given = json.loads(self.body or b"{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise Refused(400, ("Invalid JSON", None))
        return given


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def errors_body(errors: Iterable[tuple[str, str | None]]) -> str:
    """The JSON of an error answer; `field` is left out where no field is to blame."""
    listed = [{"reason": why} | ({"field": about} if about else {}) for why, about in errors]
    return json.dumps({"errors": listed})


def page(request: Request, items: Iterable[Fields], filterable: tuple[str, ...]) -> Fields:
    """The page that a request asks for, of the items that its filter leaves. Raises Refused."""
    found = filtered(items, request.headers.get("x-filter"), filterable)
    size = _number(request, "page_size", 100, smallest=25, largest=500)
    pages = max(1, math.ceil(len(found) / size))
    number = _number(request, "page", 1, smallest=1, largest=pages)
    data = found[(number - 1) * size : number * size]
    return {"data": data, "page": number, "pages": pages, "results": len(found)}


def _number(request: Request, name: str, default: int, *, smallest: int, largest: int) -> int:
    text = request.query.get(name, str(default))
    if text.isdecimal() and smallest <= int(text) <= largest:
        return int(text)
    raise Refused(400, (f"Must be {smallest}-{largest}", name))
