"""Items of the control table that another release wrote, or a person in the console."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from bench.table import Refused, Table
from failover.adapters.aws import items
from failover.adapters.aws.dynamodb import DynamoStore
from failover.decision.balancers import Lookup
from failover.errors import StoreUnusable
from failover.health.probe import Reason
from failover.health.tally import Vote
from failover.health.votes import Ballot
from failover.notify.kinds import Kind
from failover.publication.orders import Gate
from failover.publication.parts import Incident
from failover.publication.state import State
from tests.hostile import mangle, stage
from tests.hostile.runner import Case
from tests.support import builders

MOST_MESSAGE = 1000
LARGEST_ITEM = 400 * 1024
TABLE = "control"
FOREIGN = "198.51.100.66"
WORDS = (
    "published", "publishing", "settled", "archived", "operator", "capacity", "healthy", "degraded",
    "east", "west", "A", "127.0.41.1", "127.0.41.2", "198.51.100.66", "1800000000", "1e400",
)  # fmt: skip


def typed(chance: Random, depth: int = 3) -> dict[str, Any]:
    """An attribute in DynamoDB's typed form, of any type."""
    kind = chance.randrange(9 if depth else 6)
    match kind:
        case 0 | 1:
            return {"S": chance.choice(WORDS) if chance.random() < 0.5 else mangle.text(chance)}
        case 2 | 3:
            numbers = (
                "0",
                "-1",
                "1e125",
                "-1E+40",
                "9" * 38,
                "1800000000000",
                "0.1",
                "1e-130",
                "3",
            )
            return {"N": chance.choice(numbers)}
        case 4:
            return chance.choice(({"NULL": True}, {"BOOL": True}, {"BOOL": False}, {"B": b"\xff"}))
        case 5:
            return chance.choice(({"SS": ["a", "b"]}, {"NS": ["1", "2"]}, {"BS": [b"a"]}))
        case 6:
            return {"L": [typed(chance, depth - 1) for _ in range(chance.randint(0, 3))]}
        case 7:
            return {"M": {mangle.text(chance): typed(chance, depth - 1) for _ in range(2)}}
    nested = {"S": "deep"}
    for _ in range(30):  # 32 levels are DynamoDB's own limit
        nested = {"L": [nested]}
    return nested


def changed(chance: Random, item: dict[str, Any]) -> dict[str, Any]:
    """An item with one to three things about it changed; its keys are what they are."""
    for _ in range(chance.randint(1, 3)):
        item = _changed(chance, item)
    return item


def readdressed(chance: Random, item: dict[str, Any]) -> dict[str, Any]:
    """An item in one attribute of which somebody has put another address in the place of all."""
    name = chance.choice([name for name in item if "127.0.41." in json.dumps(item[name])] or ["pk"])
    text = re.sub(r"127\.0\.41\.[12]", FOREIGN, json.dumps(item[name]))
    return {**item, name: json.loads(text)}


def _changed(chance: Random, attributes: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in attributes if name not in ("pk", "sk")]
    if not names or chance.random() < 0.1:
        return {**attributes, mangle.text(chance) or "new": typed(chance)}
    name = chance.choice(names)
    value = attributes[name]
    inside: Any = value.get("M")
    if inside and chance.random() < 0.7:
        return {**attributes, name: {"M": _changed(chance, inside)}}
    if value.get("L") and chance.random() < 0.5:
        return {**attributes, name: {"L": value["L"] * chance.choice((2, 50))}}
    if chance.random() < 0.15:
        return {other: kept for other, kept in attributes.items() if other != name}
    return {**attributes, name: typed(chance)}


def written() -> tuple[Any, ...]:
    """Values of every kind, with something in every part."""
    prey = stage.PREY
    decision = builders.moving(
        "east", "west", prey, claim=builders.claim(until=1_700_000_000.0),
        announced=(builders.announced(stage.PREY_WEST.ipv4),), pin=builders.pin("east"),
        pause=builders.stop(), flips=(1.5,), excluded_until={"east": 1.5},
        incidents={Kind.DRIFT: Incident(12.5, True)}, record_ids={"A": (102,)}, wrote=True,
    )  # fmt: skip
    votes = {
        stage.PREY_EAST.ipv4: builders.tally(Vote.UNHEALTHY, failures=3, reason=Reason.STATUS),
        stage.PREY_WEST.ipv4: builders.tally(Vote.HEALTHY),
    }
    ballot = builders.ballot(votes, reading=builders.reads(stage.PREY_EAST), vantage=stage.VANTAGE)
    lookup = Lookup(1_700_000_000.0, 1, {"lb": stage.PREY_EAST, "gone": None})
    gate = Gate(1_700_000_000.0, "ana", 'a "quoted" reason', version=3, commands=("a", "b"))
    return decision, ballot, items.Labels(lookup), gate


@contextmanager
def values() -> Iterator[Case]:
    """Items read in process: a value that can be written again, or one clear refusal."""
    whole = [(type(value), items.to_item(value)) for value in written()]

    def case(chance: Random) -> None:
        kind, good = chance.choice(whole)
        item = changed(chance, good)
        try:
            value = items.from_item(kind, item)
        except StoreUnusable as error:
            told = str(error)
            assert len(told) <= MOST_MESSAGE, len(told)
            assert all(" " <= character <= "~" for character in told), ascii(told)
            return
        assert items.from_item(kind, items.to_item(value)) == value

    yield case


class Client:
    """A boto3 client of a table in memory, which has DynamoDB's limit on the size of an item."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = "".join(word.title() for word in name.split("_"))

        def call(**asked: Any) -> dict[str, Any]:
            if len(repr(asked)) > LARGEST_ITEM:
                raise ClientError({"Error": {"Code": "ValidationException"}}, operation)
            try:
                return self._table.answer(operation, asked)
            except Refused as refused:
                raise ClientError({"Error": {"Code": str(refused)}}, operation) from None

        return call


@contextmanager
def ticks() -> Iterator[Case]:
    """Whole ticks over a table in which somebody has changed one service's items."""

    def case(chance: Random) -> None:
        table = Table()
        store = DynamoStore(Client(table), TABLE)  # type: ignore[arg-type]
        scene = stage.Stage()
        scene.ticks(1, store=store)
        for nobody in (stage.EAST.ipv4, FOREIGN):
            scene.prober.down[nobody] = Reason.REFUSED
        if chance.random() < 0.5:
            scene.prober.down[stage.PREY_EAST.ipv4] = Reason.REFUSED
        _spoil(chance, table, store)
        world = scene.ticks(1, store=store)
        scene.assert_unharmed()
        try:
            answer = scene.command({"command": "status"}, world)
        except StoreUnusable as error:
            assert len(str(error)) <= MOST_MESSAGE
        else:
            json.dumps(answer)

    yield case


def _spoil(chance: Random, table: Table, store: DynamoStore) -> None:
    """Change items of the service `prey`, or put others in their place."""
    found = table.answer("Scan", {})["Items"]
    ours = [item for item in found if item["pk"]["S"] == "service#prey"]
    state = store.read("prey").state
    assert state
    if chance.random() < 0.5:
        moving, ballot, *_ = written()
        moving = builders.having(
            moving, version=state.version, active=state.served.active, domain_id=7
        )
        for item in ours:
            value: State | Ballot = moving if item["sk"]["S"] == "decision" else ballot
            item.update(items.to_item(value))
    for item in chance.sample(ours, chance.randint(1, len(ours))):
        spoil = readdressed if chance.random() < 0.3 else changed
        table.answer("PutItem", {"Item": spoil(chance, item)})
    if chance.random() < 0.2:
        strange = {mangle.text(chance): typed(chance), "sk": {"S": mangle.text(chance) or "x"}}
        table.answer("PutItem", {"Item": {**strange, "pk": {"S": "service#prey"}}})
