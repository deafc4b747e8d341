"""What is missing for the application's table, and what takes a person."""

from dataclasses import replace

import pytest

from cli.tableplan import Does, Found, Wanted, plan

EAST, WEST, SOUTH = "us-east-1", "us-west-2", "us-east-2"
WANTED = Wanted("orders", (EAST, WEST), ("pk",))
STRONG = Wanted("orders", (EAST, WEST), ("pk",), strong=True, witness=SOUTH)
ALONE = Found("ACTIVE", (("pk", "S"),), {EAST: "ACTIVE"}, streams=True)
BOTH = replace(ALONE, replicas={EAST: "ACTIVE", WEST: "ACTIVE"}, heartbeat=True)
NOWHERE = {EAST: None, WEST: None}


def steps(
    wanted: Wanted, found: dict[str, Found | None]
) -> list[tuple[Does, str, tuple[str, ...]]]:
    planned = plan(wanted, found)
    assert planned.problems == ()
    return [(step.does, step.region, step.others) for step in planned.steps]


def problem(wanted: Wanted, found: dict[str, Found | None]) -> str:
    planned = plan(wanted, found)
    assert planned.steps == ()
    (text,) = planned.problems
    return text


class TestEventual:
    """Replicas are added one at a time, to a table that may hold anything."""

    def test_from_nothing(self) -> None:
        assert steps(WANTED, NOWHERE) == [
            (Does.CREATE, EAST, ()),
            (Does.REPLICATE, EAST, (WEST,)),
            (Does.HEARTBEAT, EAST, ()),
            (Does.HEARTBEAT, WEST, ()),
        ]

    def test_a_table_that_is_there_is_replicated_from_where_it_is(self) -> None:
        west = replace(ALONE, replicas={WEST: "ACTIVE"}, empty=False)
        assert steps(WANTED, {EAST: None, WEST: west})[0] == (Does.REPLICATE, WEST, (EAST,))

    def test_a_table_without_a_stream_gets_one_first(self) -> None:
        found = {EAST: replace(ALONE, streams=False), WEST: None}
        assert [step[0] for step in steps(WANTED, found)][:2] == [Does.STREAM, Does.REPLICATE]

    def test_three_replicas_are_two_additions(self) -> None:
        wanted = replace(WANTED, regions=(EAST, WEST, SOUTH))
        found = {EAST: ALONE, WEST: None, SOUTH: None}
        assert [s for s in steps(wanted, found) if s[0] is Does.REPLICATE] == [
            (Does.REPLICATE, EAST, (WEST,)),
            (Does.REPLICATE, EAST, (SOUTH,)),
        ]

    def test_what_is_on_its_way_is_waited_for(self) -> None:
        creating = replace(ALONE, replicas={EAST: "ACTIVE", WEST: "CREATING"})
        assert steps(WANTED, {EAST: creating, WEST: None})[0] == (Does.WAIT, EAST, ())

    def test_nothing_is_left_to_do(self) -> None:
        assert steps(WANTED, {EAST: BOTH, WEST: BOTH}) == []

    def test_replicas_elsewhere_are_none_of_its_business(self) -> None:
        wider = replace(BOTH, replicas={**BOTH.replicas, "eu-west-1": "ARCHIVED"})
        assert steps(WANTED, {EAST: wider, WEST: wider}) == []


class TestStrong:
    """All at once, and only while the table is empty."""

    def test_two_replicas_and_a_witness(self) -> None:
        assert steps(STRONG, {EAST: ALONE, WEST: None})[0] == (Does.REPLICATE, EAST, (WEST,))
        assert "with a witness in us-east-2" in plan(STRONG, NOWHERE).steps[1].says

    def test_three_replicas(self) -> None:
        wanted = replace(STRONG, regions=(EAST, WEST, SOUTH), witness=None)
        assert steps(wanted, {**NOWHERE, SOUTH: None})[1] == (
            Does.REPLICATE, EAST, (WEST, SOUTH)
        )  # fmt: skip

    @pytest.mark.parametrize("wanted", [STRONG, WANTED])
    def test_asked_again_it_is_done_however_it_is_asked(self, wanted: Wanted) -> None:
        strong = replace(BOTH, strong=True)
        assert steps(wanted, {EAST: strong, WEST: strong}) == []

    @pytest.mark.parametrize(
        ("regions", "witness"),
        [((EAST, WEST), None), ((EAST,), SOUTH), ((EAST, WEST, SOUTH), "us-west-1")],
    )
    def test_it_has_three_regions(self, regions: tuple[str, ...], witness: str | None) -> None:
        wanted = replace(STRONG, regions=regions, witness=witness)
        found = plan(wanted, dict.fromkeys(regions))
        assert "three replicas or two and a witness" in found.problems[0]

    def test_they_lie_within_one_set(self) -> None:
        wanted = replace(STRONG, regions=(EAST, "eu-west-1"))
        assert "within one of these sets" in problem(wanted, {EAST: None, "eu-west-1": None})

    def test_a_table_with_items_is_refused(self) -> None:
        found = {EAST: replace(ALONE, empty=False), WEST: None}
        assert "only an empty table" in problem(STRONG, found)

    def test_a_replicated_table_is_refused(self) -> None:
        assert "cannot be changed" in problem(STRONG, {EAST: BOTH, WEST: BOTH})

    def test_no_replica_is_added_later(self) -> None:
        wanted = replace(WANTED, regions=(EAST, WEST, SOUTH))
        strong = replace(BOTH, strong=True)
        text = problem(wanted, {EAST: strong, WEST: strong, SOUTH: None})
        assert text == "no replica can be added to a strong table: us-east-2"


class TestPeople:
    """What is there and does not fit is not guessed at."""

    @pytest.mark.parametrize(
        "key", [(("id", "S"),), (("pk", "N"),), (("pk", "S"), ("sk", "S"))], ids=str
    )
    def test_another_key(self, key: tuple[tuple[str, str], ...]) -> None:
        text = problem(WANTED, {EAST: replace(ALONE, key=key), WEST: None})
        assert "key in [service.data] names pk" in text

    def test_a_table_of_the_same_name_by_itself(self) -> None:
        found = {EAST: ALONE, WEST: replace(ALONE, replicas={WEST: "ACTIVE"})}
        assert "no replica of us-east-1's" in problem(WANTED, found)

    @pytest.mark.parametrize("status", ["CREATION_FAILED", "REGION_DISABLED", "ARCHIVED"])
    def test_a_replica_that_does_not_mend_itself(self, status: str) -> None:
        broken = replace(ALONE, replicas={EAST: "ACTIVE", WEST: status})
        assert f"the replica in us-west-2 is {status}" in problem(
            WANTED, {EAST: broken, WEST: None}
        )
