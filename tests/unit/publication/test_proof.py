"""What the zone file and the name servers say of a publication, and what that proves."""

import pytest

from failover.publication.parts import Phase
from failover.publication.proof import (
    Evidence,
    Heard,
    Said,
    awaited,
    contradicts,
    everywhere,
    shows,
    statements,
)
from failover.zone.records import Family
from failover.zone.statement import Statement
from tests.support.builders import EAST, EAST6, NOW, SHOP6, WEST, having, pointing_at

AT_EAST = pointing_at("east")
RIGHT = Heard("ns1", frozenset({EAST.ipv4}))
WRONG = Heard("ns2", frozenset({WEST.ipv4}))
SILENT = Heard("ns3", said=Said.SILENT)
REFUSED = Heard("ns4", said=Said.REFUSED, detail="REFUSED")
ZONE = Heard("zone file", frozenset({EAST.ipv4}))


@pytest.mark.parametrize(
    ("phase", "attempt", "seen", "waits"),
    [
        (Phase.PUBLISHED, 1, (), True),
        (Phase.PUBLISHED, 0, (), False),  # found, and not written by us
        (Phase.PUBLISHED, 0, (Statement("ns1", ("192.0.2.2",)),), True),
        (Phase.SETTLED, 1, (), False),
        (Phase.PUBLISHING, 1, (), False),
    ],
)
def test_a_proof_is_awaited_of_what_was_written_or_contradicted(
    phase: Phase, attempt: int, seen: tuple[Statement, ...], waits: bool
) -> None:
    state = pointing_at("east", phase=phase, attempt=attempt, seen=seen)
    assert awaited(state) is waits


def test_it_is_served_everywhere_once_every_name_server_gives_it() -> None:
    assert everywhere(AT_EAST, [RIGHT])
    assert not everywhere(AT_EAST, [RIGHT, WRONG])
    assert not everywhere(AT_EAST, [RIGHT, SILENT])
    assert not everywhere(AT_EAST, [])


def test_another_answer_contradicts_it_and_silence_does_not() -> None:
    assert not contradicts(AT_EAST, Evidence(ZONE, (RIGHT, SILENT, REFUSED)))
    assert contradicts(AT_EAST, Evidence(ZONE, (RIGHT, WRONG)))
    assert contradicts(AT_EAST, Evidence(WRONG, (RIGHT,)))


def test_with_two_families_both_have_to_be_given() -> None:
    state = pointing_at("east", SHOP6)
    both = Heard("ns1", frozenset({EAST6.ipv4}), frozenset({EAST6.ipv6 or ""}))
    assert shows(state, both)
    assert not shows(state, Heard("ns1", both.a))
    assert not shows(state, Heard("ns1", frozenset(), both.aaaa))


def test_where_a_record_could_not_be_added_what_is_there_has_to_be_given_all_the_same() -> None:
    both = (frozenset({EAST6.ipv4}), frozenset({EAST6.ipv6 or ""}))
    state = pointing_at("east", SHOP6, create_not_before=NOW)
    alone = having(state, record_ids={Family.A: (101,), Family.AAAA: ()})
    assert shows(alone, Heard("ns1", both[0]))
    assert shows(alone, Heard("ns1", *both))
    assert not shows(alone, Heard("ns1"))
    assert not shows(alone, Heard("ns1", frozenset(), both[1]))
    known = having(state, record_ids={Family.A: (101,), Family.AAAA: (201,)})
    assert not shows(known, Heard("ns1", both[0]))


def test_name_servers_without_an_answer_are_told_apart_from_those_that_refuse() -> None:
    assert Evidence(ZONE, (RIGHT, WRONG)).unserved is None
    some = Evidence(ZONE, (RIGHT, REFUSED)).unserved
    assert some
    assert (some.servers, some.refused) == ((Statement("ns4", None, "REFUSED"),), False)
    every = Evidence(ZONE, (REFUSED, REFUSED)).unserved
    assert every
    assert every.refused
    mute = Evidence(ZONE, (REFUSED, SILENT)).unserved
    assert mute
    assert not mute.refused


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (
            Heard("ns1", frozenset({"192.0.2.2", "192.0.2.1"}), frozenset({"2001:db8::1"})),
            Statement("ns1", ("192.0.2.1", "192.0.2.2", "2001:db8::1")),
        ),
        (Heard("ns1"), Statement("ns1", ())),
        (SILENT, Statement("ns3", None, "no answer")),
        (REFUSED, Statement("ns4", None, "REFUSED")),
        (
            Heard("ns4", said=Said.REFUSED),
            Statement("ns4", None, "refuses to answer for the domain"),
        ),
        (Heard("zone", said=Said.UNRENDERED), Statement("zone", None, "no zone file yet")),
        (
            Heard("ns5", said=Said.UNUSABLE),
            Statement("ns5", None, "an answer that makes no sense"),
        ),
    ],
)
def test_what_a_source_said_is_told_with_the_zone_file_first(heard: Heard, told: Statement) -> None:
    assert statements(Evidence(heard, (SILENT,))) == (told, Statement("ns3", None, "no answer"))
