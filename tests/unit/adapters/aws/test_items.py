"""Items say what the values say, and are read with patience: by people, and by other releases."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from failover.adapters.aws.items import Runner, from_item, to_item
from failover.errors import StoreUnusable
from failover.health.votes import Ballot
from failover.notify.events import Event
from failover.notify.kinds import Kind
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.parts import Cause, Incident, Phase
from failover.publication.state import State
from failover.staleness.replication import Finding, Link
from failover.zone.access import Access
from failover.zone.failing import Failing
from failover.zone.statement import Statement
from tests.support.builders import EAST6 as EAST
from tests.support.builders import ballot, claim, gate, moving, pointing_at, reads, stop, votes

DECISION = {"pk": {"S": "service#shop"}, "sk": {"S": "decision"}}
VOTE = {"pk": {"S": "service#shop"}, "sk": {"S": "vote#v1"}}

texts = st.text(max_size=20)
PLAIN = {
    str: texts,
    bool: st.booleans(),
    int: st.integers(0, 2**53),
    # DynamoDB holds no number nearer to zero than 1e-130, and no moment or duration is.
    float: st.just(0.0) | st.floats(1e-9, 1e11),
    NoneType: st.none(),
}


def made(kind):
    """Any value of a type, from what it says of itself: what is added next is made, too."""
    of = [made(part) for part in get_args(kind) if part is not ...]
    origin = get_origin(kind)
    if origin is UnionType:
        return st.one_of(of)
    if origin is Mapping:
        return st.dictionaries(*of, max_size=3)
    if origin is tuple:
        return st.lists(*of, max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(*of, max_size=3)
    if is_dataclass(kind):
        return st.builds(kind, **{name: made(part) for name, part in get_type_hints(kind).items()})
    return PLAIN[kind] if kind in PLAIN else st.sampled_from(kind)


states, ballots, gates = made(State), made(Ballot), made(Gate)
events, findings, reports = made(Event), made(Finding), made(Report)
# A number has 38 digits in DynamoDB, and is as large as 1e126.
held = st.integers(-(10**37), 10**37) | st.floats(1e-99, 1e99) | st.floats(-1e99, -1e-99)
# Whatever a person can type into the console: any attribute, of any type.
typed = st.recursive(
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": str(number)}, held)
    | st.builds(lambda flag: {"BOOL": flag}, st.booleans())
    | st.builds(lambda data: {"B": data}, st.binary(max_size=4))
    | st.builds(lambda words: {"SS": words}, st.lists(texts, min_size=1, unique=True, max_size=3))
    | st.just({"NULL": True}),
    lambda inner: (
        st.builds(lambda found: {"L": found}, st.lists(inner, max_size=3))
        | st.builds(lambda found: {"M": found}, st.dictionaries(texts, inner, max_size=3))
    ),
    max_leaves=5,
)


def attributes_of(kind):
    return st.sampled_from([field.name for field in fields(kind)])


def refusal(kind, item):
    """Why an item cannot be used, or None. Any other error is none of ours."""
    try:
        from_item(kind, item)
    except StoreUnusable as error:
        return str(error)


@given(states | ballots | gates | events | findings | reports)
def test_what_is_written_is_what_is_read(value):
    assert from_item(type(value), to_item(value)) == value


@given(states)
def test_the_types_come_back_too(state):
    """Of numbers and words, so that nothing behaves otherwise after a restart."""
    assert repr(from_item(State, to_item(state))) == repr(state)


@given(attribute=attributes_of(State), value=typed)
def test_a_decision_with_anything_in_an_attribute_is_read_or_refused(attribute, value):
    item = {**to_item(moving("east", "west", claim=claim())), attribute: value}
    why = refusal(State, item)
    assert why is None or f"its attribute {attribute}" in why


@given(attribute=attributes_of(Ballot), value=typed)
def test_a_ballot_with_anything_in_an_attribute_is_read_or_refused(attribute, value):
    item = {**to_item(ballot(votes("HUH"), reading=reads(EAST))), attribute: value}
    why = refusal(Ballot, item)
    assert why is None or f"its attribute {attribute}" in why


@given(attribute=attributes_of(Finding), value=typed)
def test_a_finding_with_anything_in_an_attribute_is_read_or_refused(attribute, value):
    found = Finding("v1", "us-west-2", 2.5, 1.5, 0.5, links={"us-east-1": Link(60.5, 2.5, 1.5)})
    why = refusal(Finding, {**to_item(found), attribute: value})
    assert why is None or f"its attribute {attribute}" in why


def part(item, record):
    """The attributes of one record of a decision item."""
    return item[record]["M"]


def test_a_person_can_read_an_item_in_the_console():
    """Names as in the code, maps and lists as such, words for words."""
    state = pointing_at("east", incidents={Kind.DRIFT: Incident(12.5, True)}, flips=(1.25,))
    item = to_item(state)
    assert item["schema"] == {"N": "1"}
    assert part(item, "publication")["phase"] == {"S": "settled"}
    assert part(item, "served")["active"]["M"]["east"]["M"]["ipv4"] == {"S": "192.0.2.1"}
    assert part(item, "notices")["incidents"]["M"]["drift"]["M"]["since"] == {"N": "12.5"}
    assert part(item, "limits")["flips"] == {"L": [{"N": "1.25"}]}
    assert {field.name for field in fields(State)} | {"schema"} == item.keys()


def test_a_float_is_written_digit_by_digit():
    """0.1 + 0.2 is not 0.3, and neither is the number in the table."""
    item = to_item(gate(until=0.1 + 0.2))
    assert item["until"] == {"N": "0.30000000000000004"}
    assert float(TypeDeserializer().deserialize(item["until"])) == 0.1 + 0.2


def test_attributes_of_a_newer_release_are_passed_over():
    state = pointing_at("east", claim=claim())
    item = to_item(state)
    item |= {**DECISION, "schema": {"N": "2"}, "proof": {"M": {"serial": {"N": "7"}}}}
    part(item, "publication")["claim"]["M"]["epoch"] = {"N": "3"}
    part(item, "orders")["colour"] = {"S": "red"}
    assert from_item(State, item) == state


def test_attributes_that_an_older_release_did_not_write_take_their_defaults():
    state = pointing_at("east")
    item = to_item(state)
    del item["notices"], item["orders"], item["announced"]
    del part(item, "limits")["create_refused"], part(item, "publication")["wrote"]
    del part(item, "followed")["digest"], part(item, "served")["seen"]
    assert from_item(State, item) == state


def test_a_cause_of_a_newer_release_reads_as_an_operators():
    """Automation undoes nothing that a person did, so that it is the safe one."""
    item = to_item(pointing_at("west", moved_by=Cause.UNHEALTHY))
    part(item, "served")["moved_by"] = {"S": "capacity"}
    part(item, "publication")["cause"] = {"S": "capacity"}
    found = from_item(State, item)
    assert (found.publication.cause, found.served.moved_by) == (Cause.OPERATOR, Cause.OPERATOR)


def test_a_phase_of_a_newer_release_reads_as_published():
    item = to_item(pointing_at("east"))
    part(item, "publication")["phase"] = {"S": "archived"}
    assert from_item(State, item).publication.phase is Phase.PUBLISHED


def test_an_incident_of_a_newer_release_is_passed_over_and_the_others_stay():
    known = {Kind.DRIFT: Incident(12.0, True)}
    item = to_item(pointing_at("east", incidents=known))
    part(item, "notices")["incidents"]["M"]["flooded"] = {"M": {"level": {"N": "3"}}}
    assert from_item(State, item).notices.incidents == known


def test_a_reason_of_a_newer_release_costs_no_vote():
    cast = ballot(votes("U"))
    item = to_item(cast)
    item["tallies"]["M"]["192.0.2.1"]["M"]["reason"] = {"S": "quic"}
    assert from_item(Ballot, item) == cast


def test_a_vote_of_a_newer_release_is_not_guessed():
    item = {**to_item(ballot(votes("U"))), **VOTE}
    item["tallies"]["M"]["192.0.2.1"]["M"]["vote"] = {"S": "degraded"}
    with pytest.raises(StoreUnusable, match=r"tallies\.192\.0\.2\.1\.vote"):
        from_item(Ballot, item)


def test_a_broken_item_is_named_with_its_attribute():
    item = {**to_item(pointing_at("east")), **DECISION, "version": {"S": "five"}}
    with pytest.raises(StoreUnusable) as raised:
        from_item(State, item)
    told = str(raised.value)
    assert "pk=service#shop sk=decision" in told
    assert "attribute version" in told
    assert "pydantic" not in told
    assert raised.value.__cause__ is None


def test_a_missing_attribute_without_a_default_is_named():
    item = {**to_item(pointing_at("east")), **DECISION}
    del part(item, "served")["active"]
    with pytest.raises(StoreUnusable, match=r"attribute served\.active is wrong"):
        from_item(State, item)


def test_a_stop_that_a_person_typed_with_a_number_as_text_counts():
    typed_in = {"until": {"S": "1800003600"}, "by": {"S": "ana"}, "reason": {"S": "maintenance"}}
    assert from_item(Gate, typed_in) == gate(until=1_800_003_600.0, version=0)


def test_no_tick_has_run_where_there_is_no_number():
    assert from_item(Runner, {}).runner == 0


def test_facts_and_answers_of_servers_are_kept_as_lists() -> None:
    event = Event("1", 12.5, "published", {"cause": "drift", "regions": ("east", "west")})
    seen = (Statement("ns1", ("192.0.2.1",)), Statement("ns2", None, "REFUSED"))
    state = pointing_at("east", pending=(event,), seen=seen, because={"why": ("a: b", "c: d")})
    assert from_item(State, to_item(state)) == state


def test_why_records_cannot_be_read_and_what_the_token_may_do_are_kept() -> None:
    access = Access("401", frozenset({"domains:read_only"}))
    found = ballot({}, unread=Failing(12.5, "no answer"), access=access)
    assert from_item(Ballot, to_item(found)) == found


@pytest.mark.parametrize("number", ["1e40", "99999999999999999999999999999999999999", "-1e17"])
def test_a_number_that_could_not_be_written_again_is_refused_when_it_is_read(number: str) -> None:
    """Otherwise every round of the service ended in an error of the decimal module."""
    item = {**to_item(pointing_at("east")), "version": {"N": number}}
    with pytest.raises(StoreUnusable, match="attribute version is wrong"):
        from_item(State, item)


@pytest.mark.parametrize("text", ["NaN", "inf", "1e400"])
def test_a_text_that_is_no_moment_is_refused(text: str) -> None:
    """A pause until NaN never begins, and one until infinity never ends."""
    item = to_item(pointing_at("east", pause=stop()))
    part(item, "orders")["pause"]["M"]["until"] = {"S": text}
    with pytest.raises(StoreUnusable, match=r"attribute orders\.pause\.until is wrong"):
        from_item(State, item)


def test_the_name_of_an_attribute_is_printable_and_short() -> None:
    item = to_item(ballot(votes("HUH"), reading=reads(EAST)))
    item["tallies"]["M"]["\x1b[2J" + "a" * 5000] = {"M": {}}
    with pytest.raises(StoreUnusable) as refused:
        from_item(Ballot, item)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 500
