"""Somebody has edited the control table by hand: what the questions and the rounds make of it."""

import pytest

from bench.table import Table
from failover.adapters.aws import items
from failover.adapters.aws.dynamodb import DynamoStore
from failover.health.probe import Reason
from tests.hostile import stage
from tests.hostile.items import TABLE, Client
from tests.support.builders import EAST, having, pointing_at, stop


def test_a_pause_until_a_time_in_milliseconds_can_be_shown() -> None:
    """The year 59011 is beyond the calendar: `status` failed when it was needed."""
    scene = stage.Stage()
    scene.ticks(1)
    scene.store.states["shop"] = having(scene.store.states["shop"], pause=stop(1.8e12))
    answered = scene.command({"command": "status"})
    assert "9999-12-31" in str(answered["services"])


@pytest.mark.parametrize(
    ("record", "attribute"),
    [
        ("publication", "targets"),
        ("served", "active"),
        ("followed", "accepted"),
        ("served", "record_ids"),
        ("", "announced"),
    ],
)
def test_a_hand_edited_decision_moves_no_name_to_a_strange_address(
    record: str, attribute: str
) -> None:
    """Through whole ticks, with the region dead that the name points at."""
    table = Table()
    store = DynamoStore(Client(table), TABLE)  # type: ignore[arg-type]
    scene = stage.Stage()
    scene.ticks(1, store=store)
    scene.prober.down[EAST.ipv4] = Reason.REFUSED
    served = items.to_item(pointing_at("east"))["served"]["M"]
    strange = {"M": {"east": served["active"]["M"]["east"]}}
    (item,) = (
        item
        for item in table.answer("Scan", {})["Items"]
        if (item["pk"]["S"], item["sk"]["S"]) == ("service#prey", "decision")
    )
    item["publication"]["M"]["phase"] = {"S": "publishing"}
    (item[record]["M"] if record else item)[attribute] = strange
    table.answer("PutItem", {"Item": item})
    scene.prober.down |= {stage.EAST.ipv4: Reason.REFUSED, stage.PREY_EAST.ipv4: Reason.REFUSED}
    scene.ticks(2, store=store)
    scene.assert_unharmed()
