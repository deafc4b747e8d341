"""The benchmarks' own arithmetic, and that their modules can be imported."""

import importlib
import itertools

import pytest

from bench import figures, prices, report, table
from bench.monitor import Seen
from failover.adapters.aws import turns
from failover.health import beats


@pytest.mark.parametrize(
    "name", ["detection", "scale", "outage", "cost", "cold", "monitor", "poller", "gdnsd"]
)
def test_a_benchmark_can_be_imported(name):
    assert importlib.import_module(f"bench.{name}").__doc__


def test_a_spread_is_the_median_and_both_ends():
    found = figures.spread([5.0, 1.0, 2.0])
    assert found == figures.Spread(count=3, median=2.0, least=1.0, most=5.0)
    assert str(found) == "2.0 (1.0-5.0)"


def test_there_is_no_spread_of_nothing_and_no_ratio_to_it():
    some = figures.spread([1.0])
    assert figures.spread([]) is None
    assert figures.ratio(some, None) is None
    assert figures.ratio(some, figures.spread([4.0])) == 0.25


def test_kills_are_spread_evenly_over_the_interval_in_each_wave_and_over_all():
    waves = figures.evenly(kills=12, waves=3, interval=10.0)
    for wave in waves:
        assert [round(b - a, 9) for a, b in itertools.pairwise(wave)] == [2.5] * 3
    together = sorted(offset for wave in waves for offset in wave)
    assert together == pytest.approx([10.0 * kill / 12 for kill in range(12)])


def test_kills_that_cannot_be_shared_out_are_refused():
    with pytest.raises(ValueError, match="13 kills"):
        figures.evenly(kills=13, waves=3, interval=10.0)


def test_probes_of_one_moment_are_one_round_and_a_late_round_is_told():
    probes = [("a", 0.0), ("a", 0.1), ("b", 5.0), ("a", 10.7), ("a", 10.8), ("b", 15.0)]
    begun = figures.rounds(probes)
    assert begun == {"a": [0.0, 10.7], "b": [5.0, 15.0]}
    assert figures.lateness(begun, 10.0) == pytest.approx([0.7, 0.0])


def test_the_busiest_minute_may_begin_at_any_moment():
    assert figures.busiest_minute([0.0, 59.0, 61.0, 100.0, 118.9, 200.0]) == 4
    assert figures.busiest_minute([]) == 0


def test_an_item_is_as_big_as_dynamodb_says():
    assert figures.item_bytes({"pk": {"S": "é"}}) == 4
    assert figures.item_bytes({"n": {"N": "1234"}, "b": {"BOOL": True}}) == 1 + 3 + 1 + 1
    assert figures.item_bytes({"l": {"L": [{"S": "ab"}]}}) == 1 + 3 + 1 + 2
    assert figures.item_bytes({"m": {"M": {"k": {"NULL": True}}}}) == 1 + 3 + 1 + 1 + 1


def test_units_are_begun_kilobytes():
    assert [figures.write_units(size) for size in (0, 1024, 1025)] == [1, 1, 2]
    assert [figures.read_units(size) for size in (0, 4096, 4097)] == [1, 1, 2]


def test_what_is_free_costs_nothing_and_no_more_than_that_is_given_back():
    use = prices.Use(metrics=12, alarms=3)
    assert prices.cost(use) == pytest.approx(12 * 0.30 + 3 * 0.10)
    assert prices.cost(use, prices.FREE) == pytest.approx(2 * 0.30)


def test_a_section_of_a_page_is_replaced_and_its_neighbours_stay():
    page = "# Page\n\nIntro.\n\n## One\n\nold\n\n## Two\n\nstays\n"
    assert report.with_section(page, "One", "new") == (
        "# Page\n\nIntro.\n\n## One\n\nnew\n\n## Two\n\nstays\n"
    )


def test_a_section_that_is_not_there_yet_comes_last():
    assert report.with_section("# Page\n", "One", "new") == "# Page\n\n## One\n\nnew\n"


def test_a_moment_between_two_samples_has_its_share_of_the_cpu():
    seen = Seen(samples=[(0.0, 1.0, 10), (10.0, 3.0, 20)])
    assert seen.cpu(2.5, 7.5) == pytest.approx(1.0)


PUT = {
    "ConditionExpression": "NOT attribute_type(#n, :t) OR #n <= :n OR #n > :far",
    "ExpressionAttributeNames": {"#n": "runner"},
    "ExpressionAttributeValues": {":n": {"N": "7"}, ":far": {"N": "9"}, ":t": {"S": "N"}},
}


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (None, True),
        ({"S": "x"}, True),
        ({"N": "7"}, True),
        ({"N": "8"}, False),
        ({"N": "10"}, True),
    ],
)
def test_the_quick_table_writes_where_the_condition_holds_and_nowhere_else(held, allowed):
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    quick = table.Table()
    quick.answer("PutItem", {"Item": key | ({"runner": held} if held else {})})
    new = {**PUT, "Item": key | {"runner": {"N": "7"}, "new": {"BOOL": True}}}
    if allowed:
        quick.answer("PutItem", new)
    else:
        with pytest.raises(table.Refused, match="ConditionalCheckFailed"):
            quick.answer("PutItem", new)
    ((found),) = quick.answer("Scan", {})["Items"]
    assert ("new" in found) is allowed


def test_the_quick_table_counts_up_and_leaves_other_attributes_alone():
    quick = table.Table()
    key = {"pk": {"S": "a"}, "sk": {"S": "runner"}}
    quick.answer("PutItem", {"Item": {**key, "runner": {"N": "1"}, "kept": {"S": "x"}}})
    ask = {
        "Key": key,
        "UpdateExpression": "SET #s = #r + :one, #r = #r + :one",
        "ExpressionAttributeNames": {"#r": "runner", "#s": "seed"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    }
    after = {**key, "runner": {"N": "2"}, "seed": {"N": "2"}, "kept": {"S": "x"}}
    assert quick.answer("UpdateItem", ask) == {"Attributes": after}


@pytest.mark.parametrize(("seed", "runner"), [(6, 6), (6, 8), (6, 9), (7, 7), (0, 0)])
def test_the_quick_table_lets_a_beat_take_over_where_the_store_does(seed, runner):
    quick, beat = table.Table(), beats.Beat(6, 2)
    key = {"pk": {"S": "vantage#v1"}, "sk": {"S": "runner"}}
    quick.answer(
        "PutItem", {"Item": {**key, "seed": {"N": str(seed)}, "runner": {"N": str(runner)}}}
    )
    ask = {**turns.by_beat(beat, 20.0), "Key": key, "ReturnValues": "ALL_NEW"}
    if beats.newer(beat, seed, runner):
        assert quick.answer("UpdateItem", ask)["Attributes"]["runner"] == {"N": "8"}
    else:
        with pytest.raises(table.Refused, match="ConditionalCheckFailed"):
            quick.answer("UpdateItem", ask)


def test_the_quick_table_refuses_a_condition_that_it_does_not_understand():
    with pytest.raises(table.Refused, match="Validation"):
        table.holds("size(#n) > :n", {}, PUT)
