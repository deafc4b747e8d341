"""What hostile input has found, one story each."""

import gc
import socket
import threading
import time
import tracemalloc
from dataclasses import replace

import pytest

from bench.table import Table
from failover.adapters.aws import items
from failover.adapters.aws.dynamodb import DynamoStore
from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.http.prober import HttpProber
from failover.adapters.linode.answers import Domain, Unusable, page
from failover.adapters.linode.dns import Known, LinodeDns
from failover.adapters.threads import Threads
from failover.app.reading import at_name
from failover.decision.decision import Action
from failover.decision.guard import Hold
from failover.errors import DnsUnavailable, StoreUnusable
from failover.health.probe import Reason
from failover.publication.proof import Said
from failover.publication.state import Cause, State
from failover.settings.environment import NameServer
from failover.settings.model import Addresses
from failover.zone.records import Record, Zone
from tests.hostile import dns, stage
from tests.hostile.items import TABLE, Client
from tests.hostile.linode import DOMAIN, LISTING, RECORD, Clock, Token, page_of
from tests.raw_server import RawServer, answer
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    HEALTH,
    SHOP,
    ballot,
    decided,
    moving,
    names,
    pointing_at,
    reads,
    stop,
    told,
    votes,
)


def look(server: dns.Server, lines: tuple[str, ...] = dns.ZONE, budget: float = 5.0):
    """What the witness hears."""
    at = NameServer(dns.HOST, server.port)
    witness = LinodeWitness(dns.Zone(lines), (at,), time.monotonic, Threads())
    return witness.look(dns.DOMAIN, 7, dns.NAME, budget)


@pytest.mark.parametrize("head", ["Content-Length: 3\r\nContent-Length: 4", "Content-Length: many"])
def test_an_answer_that_is_given_up_leaves_no_connection_open(head: str) -> None:
    """One for each probe, until the garbage collector comes by."""
    health = replace(HEALTH, scheme="http", timeout=5.0)
    with RawServer(answer(b"", headers=f"{head}\r\n")) as server:
        asked = replace(SHOP, health=replace(health, port=server.port))
        gc.disable()
        try:
            found = HttpProber(time.monotonic).probe(asked, "us-east-1", "127.0.0.1")
            sockets = [o for o in gc.get_objects() if isinstance(o, socket.socket)]
            left = [s for s in sockets if s.fileno() >= 0 and connected_to(s) == server.port]
        finally:
            gc.enable()
    assert found.reason is Reason.PROTOCOL
    assert not left


def connected_to(sock: socket.socket) -> int | None:
    """The port at the other end."""
    try:
        return int(sock.getpeername()[1])
    except OSError:
        return None


@pytest.mark.parametrize("way", ["forged, then truth", "lie, then truth", "garbage, then truth"])
def test_the_true_answer_is_heard_after_a_forged_one(way: str) -> None:
    """Who guesses the port could keep a publication from ever being proved."""
    with dns.Server(way) as server:
        (heard,) = look(server).served
    assert heard is not None
    assert heard.a == {dns.TRUTH["A"]}


@pytest.mark.parametrize("way", ["forged source", "wrong id", "wrong question"])
def test_a_forged_answer_is_not_heard(way: str) -> None:
    with dns.Server(way) as server:
        assert look(server, budget=0.3).served[0].said is Said.SILENT


def test_a_name_server_that_hangs_up_over_tcp_has_nothing_to_say() -> None:
    """EOFError is no OSError: it went through to the schedule and ended the tick."""
    with dns.Server("cut") as server:
        assert look(server).served[0].said is Said.UNUSABLE


def test_a_look_up_of_a_name_server_that_hangs_holds_up_no_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver knows no deadline, and waits for half a minute where nobody answers it."""
    over = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    at = NameServer("ns1.shop.test", 53)
    witness = LinodeWitness(dns.Zone(), (at,), time.monotonic, Threads())
    try:
        assert witness.look(dns.DOMAIN, 7, dns.NAME, 0.2).served[0].said is Said.SILENT
    finally:
        over.set()


def test_a_zone_file_generates_no_records() -> None:
    """One line would make millions of them, and take the memory of the whole function."""
    with dns.Server() as server:
        seen = look(server, (*dns.ZONE, "$GENERATE 1-100000000 h$ A 192.0.2.1"))
    assert seen.rendered.said is Said.UNUSABLE
    assert seen.unserved is None


@pytest.mark.parametrize("part", [b"[]", b"{}", b'"a"', b"0"])
def test_an_answer_of_a_thousand_times_a_thousand_parts_is_not_unpacked(part: bytes) -> None:
    """Within its bytes it was a page; in memory it was a hundred times that."""
    body = b'{"data": [' + part + (b"," + part) * 600_000 + b"]}"
    with RawServer(answer(body)) as server:
        clock = Clock()
        url = f"http://127.0.0.1:{server.port}/v4"
        linode = LinodeDns(url, Token("a-token"), clock, clock.sleep)
        tracemalloc.start()
        try:
            with pytest.raises(DnsUnavailable, match="too_large"):
                linode.get(7, 101, 1.0)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 16 * 1024 * 1024


def test_a_page_of_more_items_than_were_asked_for_is_unusable() -> None:
    with pytest.raises(Unusable, match="501 items"):
        page(page_of(*[RECORD] * 501))


def test_the_largest_page_that_linode_makes_is_read() -> None:
    full = [{**RECORD, "id": number} for number in range(500)]
    with RawServer(answer(stage.json_bytes(page_of(*full)))) as server:
        clock = Clock()
        url = f"http://127.0.0.1:{server.port}/v4"
        linode = LinodeDns(url, Token("a-token"), clock, clock.sleep)
        linode._known[DOMAIN] = Known(Domain(7, "active"), clock.monotonic())
        assert len(linode.list(DOMAIN, 5.0).records) == 500


def test_a_name_with_thousands_of_records_is_not_read() -> None:
    """Their reading would not fit into the item of a vote, and no vote would ever be written."""
    crowd = tuple(Record(number, "app", "A", EAST.ipv4, 30) for number in range(1, 4001))
    with pytest.raises(DnsUnavailable, match="4000 records"):
        at_name(SHOP, Zone(7, crowd, at=0.0))


@pytest.mark.parametrize("number", ["1e40", "99999999999999999999999999999999999999", "-1e17"])
def test_a_number_that_could_not_be_written_again_is_refused_when_it_is_read(number: str) -> None:
    """Otherwise every round of the service ended in an error of the decimal module."""
    item = {**items.to_item(pointing_at("east")), "version": {"N": number}}
    with pytest.raises(StoreUnusable, match="attribute version is wrong"):
        items.from_item(State, item)


@pytest.mark.parametrize("text", ["NaN", "inf", "1e400"])
def test_a_text_that_is_no_moment_is_refused(text: str) -> None:
    """A pause until NaN never begins, and one until infinity never ends."""
    item = items.to_item(pointing_at("east", pause=stop()))
    item["pause"]["M"]["until"] = {"S": text}
    with pytest.raises(StoreUnusable, match=r"attribute pause\.until is wrong"):
        items.from_item(State, item)


def test_a_pause_until_a_time_in_milliseconds_can_be_shown() -> None:
    """The year 59011 is beyond the calendar: `status` failed when it was needed."""
    scene = stage.Stage()
    scene.ticks(1)
    scene.store.states["shop"] = replace(scene.store.states["shop"], pause=stop(1.8e12))
    answered = scene.command({"command": "status"})
    assert "9999-12-31" in str(answered["services"])


def test_the_name_of_an_attribute_is_printable_and_short() -> None:
    item = items.to_item(ballot(votes("HUH"), reading=reads(EAST)))
    item["tallies"]["M"]["\x1b[2J" + "a" * 5000] = {"M": {}}
    with pytest.raises(StoreUnusable) as refused:
        items.from_item(type(ballot({})), item)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_an_unfinished_decision_for_an_address_in_no_settings_goes_to_one_of_them() -> None:
    """Somebody has written it into the control table: it is never published."""
    state = moving("east", "west", targets={"west": ELSEWHERE})
    decision = decided("UHH", state, reading=reads(EAST))
    assert decision.action is Action.PUBLISH
    assert names(decision) == ["west"]
    assert decision.targets["west"] != ELSEWHERE
    assert "in no settings" in told(decision)


def test_without_a_healthy_region_it_is_held() -> None:
    state = moving("east", "west", targets={"west": ELSEWHERE})
    decision = decided("UUU", state, reading=reads(EAST))
    assert decision.action is Action.HOLD


def test_a_published_decision_for_an_address_in_no_settings_does_not_keep_it() -> None:
    """The records were mixed for long, and what is written over them is in the settings."""
    state = pointing_at("east", targets={"east": ELSEWHERE})
    mixed = reads(EAST, SHOP.regions[1].addresses)
    decision = decided("HHH", state, reading=mixed)
    assert ELSEWHERE not in decision.targets.values()


def test_an_empty_name_is_not_filled_with_an_address_in_no_settings() -> None:
    state = pointing_at("east", targets={"east": ELSEWHERE})
    decision = decided("UUU", state, reading=reads())
    assert decision.action is Action.HOLD
    assert decision.held is Hold.CANDIDATES


@pytest.mark.parametrize("attribute", ["targets", "active", "accepted", "record_ids", "announced"])
def test_a_hand_edited_decision_moves_no_name_to_a_strange_address(attribute: str) -> None:
    """Through whole ticks, with the region dead that the name points at."""
    table = Table()
    store = DynamoStore(Client(table), TABLE)  # type: ignore[arg-type]
    scene = stage.Stage()
    scene.ticks(1, store=store)
    scene.prober.down[EAST.ipv4] = Reason.REFUSED
    strange = {"M": {"east": items.to_item(pointing_at("east"))["active"]["M"]["east"]}}
    (item,) = (
        item
        for item in table.answer("Scan", {})["Items"]
        if (item["pk"]["S"], item["sk"]["S"]) == ("service#prey", "decision")
    )
    table.answer("PutItem", {"Item": {**item, "phase": {"S": "publishing"}, attribute: strange}})
    scene.prober.down |= {stage.EAST.ipv4: Reason.REFUSED, stage.PREY_EAST.ipv4: Reason.REFUSED}
    scene.ticks(2, store=store)
    scene.assert_unharmed()


def test_records_of_another_shape_keep_nobody_from_the_sound_ones() -> None:
    """A name and a target are shown to people, and kept: short, and printable."""
    odd = {**RECORD, "type": "CNAME", "id": 9, "name": "\x1b" * 400, "target": "\u202e" * 400}
    clock = Clock()
    with RawServer(answer(stage.json_bytes(page_of(*LISTING["data"], odd)))) as server:
        linode = LinodeDns(f"http://127.0.0.1:{server.port}/v4", Token("t"), clock, clock.sleep)
        linode._known[DOMAIN] = Known(Domain(7, "active"), clock.monotonic())
        *_, found = linode.list(DOMAIN, 5.0).records
    assert (found.name, found.address) == ("?" * 255, "?" * 255)


def test_a_repair_does_not_write_an_address_of_older_settings() -> None:
    """East is to get another address, which does not answer yet. A record says west meanwhile, and
    a repair has failed once."""
    new = Addresses("192.0.2.11")
    service = replace(SHOP, regions=(replace(SHOP.regions[0], addresses=new), *SHOP.regions[1:]))
    state = moving("east", "east", cause=Cause.DRIFT, accepted={"east": new})
    mixed = reads(SHOP.regions[1].addresses)
    decision = decided("UHH", state, service=service, reading=mixed)
    assert (decision.action, names(decision)) == (Action.PUBLISH, ["west"])
    there = decided("UHH", state, service=service, reading=reads(EAST, ttl=300))
    assert (there.action, names(there)) == (Action.RETRY, ["east"])


def test_the_addresses_of_a_former_revision_are_not_published_any_more() -> None:
    """The settings have changed under a publication: it goes on with the address that they give."""
    new = Addresses("192.0.2.22")
    changed = replace(SHOP.regions[1], addresses=new)
    service = replace(SHOP, regions=(SHOP.regions[0], changed, SHOP.regions[2]))
    decision = decided("UHH", moving("east", "west"), service=service, reading=reads(EAST))
    assert (decision.action, decision.targets) == (Action.PUBLISH, {"west": new})
