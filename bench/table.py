"""The control table of a crowd: the five calls that it gets, answered from memory.

moto takes 5 ms for each of them, one after the other, so that with hundreds of services it would be
moto that is measured. What is not understood is refused. Correctness is what moto is for, in the
tests; here the table must only never be what everybody waits for.
"""

import asyncio
import contextlib
import json
import operator
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parent.parent
Item = dict[str, Any]


class QuickTable:
    """A context manager: a process with a table, for as long as it is open. `url` is where."""

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            # The kernel ends the child with the *thread* that started it, so that thread stays.
            keeper = starting.enter_context(ThreadPoolExecutor(1, "table-keeper"))
            process = keeper.submit(_start).result()
            starting.callback(process.communicate)
            starting.callback(process.kill)
            assert process.stdout
            self.url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.table"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ.copy(),
    )


class Refused(Exception):
    """An error of DynamoDB, by its code."""


class Table:
    """The items by their keys, and the calls."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Item]] = {}

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one call. Raises Refused."""
        calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "BatchGetItem": self._batch_get,
            "Query": self._query,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "Scan": self._scan,
        }
        if operation not in calls:
            raise Refused("UnknownOperationException")
        return calls[operation](asked)

    def _batch_get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        ((name, wanted),) = asked["RequestItems"].items()
        found = [item for key in wanted["Keys"] if (item := self._at(key))]
        return {"Responses": {name: found}, "UnprocessedKeys": {}}

    def _query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        condition = re.fullmatch(r"#?pk = (:\w+)", asked["KeyConditionExpression"])
        if not condition:
            raise Refused("ValidationException")
        pk = asked["ExpressionAttributeValues"][condition[1]]["S"]
        return {"Items": [item for _, item in sorted(self._items.get(pk, {}).items())]}

    def _scan(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"Items": [item for items in self._items.values() for item in items.values()]}

    def _put(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._check(asked, asked["Item"])
        self._keep(asked["Item"])
        return {}

    def _update(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._check(asked, asked["Key"])
        after = {**(self._at(asked["Key"]) or {}), **asked["Key"]}
        after |= updated(after, asked)
        self._keep(after)
        return {"Attributes": after} if asked.get("ReturnValues") == "ALL_NEW" else {}

    def _check(self, asked: Mapping[str, Any], key: Item) -> None:
        if not holds(asked.get("ConditionExpression", ""), self._at(key) or {}, asked):
            raise Refused("ConditionalCheckFailedException")

    def _at(self, key: Item) -> Item | None:
        return self._items.get(key["pk"]["S"], {}).get(key["sk"]["S"])

    def _keep(self, item: Item) -> None:
        self._items.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item


def updated(item: Item, asked: Mapping[str, Any]) -> Item:
    """The attributes that SET gives new values. Raises Refused for anything else."""
    if not asked["UpdateExpression"].startswith("SET "):
        raise Refused("ValidationException")
    names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
    changed = {}
    for change in asked["UpdateExpression"].removeprefix("SET ").split(", "):
        name, _, value = change.partition(" = ")
        held, plus, more = value.partition(" + ")
        if plus:
            number = int(item[names[held]]["N"]) + int(values[more]["N"])
            changed[names[name]] = {"N": str(number)}
        else:
            changed[names[name]] = values[value]
    return changed


def holds(condition: str, item: Item, asked: Mapping[str, Any]) -> bool:
    """Whether an item fulfils a condition: terms with AND, OR and brackets. Raises Refused."""
    while found := _BRACKETS.search(condition):
        condition = condition.replace(found[0], str(holds(found[1], item, asked)).upper())
    return not condition or any(
        all(_term(term, item, asked) for term in terms.split(" AND "))
        for terms in condition.split(" OR ")
    )


_BRACKETS = re.compile(r"(?<!\w)\(((?:[^()]|\w\([^()]*\))+)\)")


_COMPARED = {"=": operator.eq, "<=": operator.le, "<": operator.lt, ">": operator.gt}


def _term(term: str, item: Item, asked: Mapping[str, Any]) -> bool:
    if term.startswith("NOT "):
        return not _term(term.removeprefix("NOT "), item, asked)
    if term in ("TRUE", "FALSE"):
        return term == "TRUE"
    names, values = asked["ExpressionAttributeNames"], asked.get("ExpressionAttributeValues", {})
    if match := re.fullmatch(r"attribute_not_exists\((#\w+)\)", term):
        return names[match[1]] not in item
    if match := re.fullmatch(r"attribute_type\((#\w+), (:\w+)\)", term):
        return values[match[2]]["S"] in item.get(names[match[1]], {})
    if match := re.fullmatch(r"(#\w+) (=|<=|<|>) (:\w+)", term):
        held, given = item.get(names[match[1]], {}).get("N"), values[match[3]]["N"]
        if held is None:
            return False
        return _COMPARED[match[2]](float(held), float(given))
    raise Refused("ValidationException")


async def _serve(table: Table, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            size = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            target = re.search(r"x-amz-target: \S+\.(\w+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(size[1]) if size else 0)
            writer.write(_reply(table, target[1] if target else "", json.loads(body)))
            await writer.drain()
    writer.close()


def _reply(table: Table, operation: str, asked: Mapping[str, Any]) -> bytes:
    try:
        status, said = "200 OK", table.answer(operation, asked)
    except Refused as refused:
        status, said = "400 Bad Request", {"__type": f"com.amazonaws#{refused}"}
    body = json.dumps(said).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _run() -> None:
    table = Table()
    server = await asyncio.start_server(
        lambda reader, writer: _serve(table, reader, writer), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until the parent is gone."""
    from local.child import end_with_parent  # noqa: PLC0415 - of the process, not of its starter

    end_with_parent()
    asyncio.run(_run())


if __name__ == "__main__":
    main()
