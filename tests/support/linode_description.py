"""Requests and answers of the Linode API, compared with Linode's own description of them.

The description is stricter than the API that was recorded (`_AS_RECORDED`), and older than some
calls: what a newer one adds is known by name and type alone. `linode_description.json` says what
is from where.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator

from local.linode import LinodeEmulator
from local.linode_wire import Reply, Request

_FILE = Path(__file__).with_suffix(".json")
_PAGE = {"data", "page", "pages", "results"}

_AS_RECORDED: Mapping[str, Mapping[str, Any]] = {
    "/domains": {"group": "", "description": ""},
    "/records": {"name": ""},
    "/configs": {"ssl_cert": None, "ssl_key": None, "check_body": "", "check_path": ""},
    "/instances": {"placement_group": None, "group": ""},
}
"""What answers hold, by the last word of the path, although the description has no place for it."""

_NOT_REQUIRED = {("POST /nodebalancers/{nodeBalancerId}/configs", "nodes")}
"""linode_api4 and linode-cli send none."""

_ALWAYS_MORE = {
    "/domains": {"errors", "created", "updated"},
    "/configs": {"udp_check_port", "udp_session_timeout"},
    "/nodes": {"vpc_config_id"},
    "/instances": {"locks"},
}


@cache
def description() -> Mapping[str, Any]:
    """The file."""
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    for operation in found["operations"].values():
        operation.update({part: _flat(schema) for part, schema in operation.items()})
    return found


def problems(method: str, path: str, body: Any, answer: Any) -> list[str]:
    """What is wrong with a call and, where there was one, its successful answer."""
    found = _operation(method, path)
    if found is None:
        return [f"{method} {path} is not in the description"]
    wrong = _request_problems(found, body) if method in ("POST", "PUT") else []
    if answer is not None:
        wrong += _answer_problems(found, answer)
    return [f"{found}: {what}" for what in wrong]


@contextlib.contextmanager
def described(linode: LinodeEmulator) -> Iterator[list[str]]:
    """Every call of the block; at its end, nothing may be wrong with any of them.

    The list holds the calls, each as the description names it.
    """
    seen: list[str] = []
    wrong: list[str] = []
    truly = linode._api.answer

    def answer(request: Request) -> Reply:
        reply = truly(request)
        body = json.loads(request.body) if request.body else None
        told = json.loads(reply.body) if reply.status == 200 else None
        wrong.extend(problems(request.method, request.path, body, told))
        seen.append(_operation(request.method, request.path) or request.path)
        return reply

    linode._api.answer = answer
    try:
        yield seen
    finally:
        del linode._api.answer
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    names = {name for part in ("operations", "newer") for name in description()[part]}
    # What is written out comes first: /nodebalancers/types is no /nodebalancers/{id}.
    ordered = sorted(names, key=lambda name: (name.count("{"), name))
    return [(name, re.compile(re.sub(r"\{\w+\}", "[^/]+", name))) for name in ordered]


def _operation(method: str, path: str) -> str | None:
    called = f"{method} {path}"
    return next((name for name, pattern in _templates() if pattern.fullmatch(called)), None)


def _request_problems(name: str, body: Any) -> list[str]:
    old, new, newest = (description()[part].get(name, {}) for part in _PARTS)
    known = new.get("request", {}) | newest.get("request", {})
    given = body or {}
    missing = [each for each in new.get("required", ()) if each not in given]
    wrong = [f"{each} is required" for each in missing if (name, each) not in _NOT_REQUIRED]
    if not old:
        return wrong + _unknown(given, known)
    schema = old.get("request", {})
    more = {key for key in given if key not in _properties(schema)}
    wrong += _unknown({key: given[key] for key in more}, known)
    known_before = _without(given, known, _properties(schema))
    return wrong + _errors(OAS30WriteValidator(schema), known_before)


def _answer_problems(name: str, answer: Any) -> list[str]:
    old, new, newest = (description()[part].get(name, {}) for part in _PARTS)
    items = answer.get("data", [answer])
    schema = old.get("response", {})
    if "data" in _properties(schema):
        schema = _properties(schema)["data"]["items"]
        if set(answer) != _PAGE:
            return [f"a page has {_PAGE}, not {set(answer)}"]
    word = "/" + re.sub(r"/\{\w+\}", "", name).rpartition("/")[2]
    known = {field.partition(".")[0] for field in new.get("response", ())}
    known |= {*newest.get("response", ()), *_ALWAYS_MORE.get(word, ())}
    wrong = []
    for item in items:
        there = _as_described(item, _AS_RECORDED.get(word, {}))
        if not old or not schema:
            wrong += [f"answer: {key} is unknown" for key in there if key not in known]
            continue
        more = {key for key in there if key not in _properties(schema)}
        wrong += [f"answer: {key} is unknown" for key in more - known]
        wrong += _errors(
            OAS30ReadValidator(schema), {k: v for k, v in there.items() if k not in more}
        )
    return wrong


_PARTS = ("operations", "newer", "newest")


def _as_described(item: Mapping[str, Any], deviations: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in item.items() if not (k in deviations and v == deviations[k])}
    if kept.get("status") == "Unknown":
        kept["status"] = "unknown"
    return _without_newer_parts(kept)


def _without_newer_parts(item: dict[str, Any]) -> dict[str, Any]:
    """Inner fields that only the newer description has."""
    for inner, names in _INNER.items():
        parts = item.get(inner)
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, dict):
                item[inner] = (
                    [{k: v for k, v in each.items() if k not in names} for each in parts]
                    if isinstance(parts, list)
                    else {k: v for k, v in part.items() if k not in names}
                )
    return item


_INNER = {
    "specs": {"accelerated_devices"},
    "subnets": {"databases", "nodebalancers", "vpc_type", "linodes"},
    "linodes": {"interfaces"},
    "backups": {"last_successful"},
    "placement_group_limits": {"maximum_linodes_per_flexible_pg"},
}


def _without(
    given: Mapping[str, Any], newer: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """What the older description can judge."""
    return {key: value for key, value in given.items() if key in old or key not in newer}


def _unknown(given: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    wrong = [f"{key} is unknown" for key in given if key not in known]
    for key, value in given.items():
        said = {k: v for k, v in known.get(key, {}).items() if k != "required"}
        wrong += _errors(OAS30WriteValidator(said), value)
    return wrong


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {})
    return found


def _flat(schema: Any) -> Any:
    """The same schema without `allOf`, whose parts each forbid what the others have; what may be
    null and is one of some words may be null in fact."""
    if isinstance(schema, list):
        return [_flat(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {key: _flat(value) for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", ()):
        whole = _merged(_flat(part), whole)
    if whole.get("nullable") is True and isinstance(whole.get("enum"), list):
        whole["enum"] = [*whole["enum"], None]
    return whole


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            result[key] = _merged(one[key], other[key])
        elif key == "required":
            result[key] = [*one[key], *(each for each in other[key] if each not in one[key])]
    return result


def _errors(validator: Any, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
