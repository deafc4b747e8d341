"""The name server of the embedded world gives real answers, when the zone has been rendered."""

import socket

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from local.linode import LinodeEmulator
from local.linode_dns import addresses, ask
from tests.support.waiting import LIMIT, until


@pytest.fixture
def linode():
    with LinodeEmulator(render_delay=0) as emulator:
        emulator.add_domain("shop.test", ttl_sec=300)
        yield emulator


def ttls(message):
    return [rrset.ttl for rrset in message.answer]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_record_is_answered_with_authority_over_udp_and_tcp(linode, tcp):
    linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=30)
    answer = ask(linode.nameserver, "app.shop.test", tcp=tcp)
    assert [str(data) for data in answer.answer[0]] == ["192.0.2.1"]
    assert ttls(answer) == [30]
    assert answer.flags & dns.flags.AA


def test_the_apex_and_names_of_any_case_and_both_families_are_answered(linode):
    linode.add_record("shop.test", "", "A", "192.0.2.1")
    linode.add_record("shop.test", "", "AAAA", "2001:db8::1")
    assert addresses(linode.nameserver, "SHOP.test", "A") == ["192.0.2.1"]
    assert addresses(linode.nameserver, "shop.test", "AAAA") == ["2001:db8::1"]


def test_a_ttl_of_zero_is_the_default_of_the_zone(linode):
    linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=0)
    assert ttls(ask(linode.nameserver, "app.shop.test")) == [300]


def test_a_domain_without_a_ttl_has_a_day(linode):
    linode.add_domain("old.test", ttl_sec=0)
    linode.add_record("old.test", "app", "A", "192.0.2.1")
    assert ttls(ask(linode.nameserver, "app.old.test")) == [86400]


def test_a_name_that_is_not_there_is_denied_with_the_soa_and_its_negative_ttl(linode):
    answer = ask(linode.nameserver, "nobody.shop.test")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    (soa,) = answer.authority
    assert (soa.name.to_text(), soa.ttl, soa[0].minimum) == ("shop.test.", 300, 300)


def test_a_name_without_that_type_has_no_data_and_exists(linode):
    linode.add_record("shop.test", "a.app", "A", "192.0.2.1")
    for name, kind in (("a.app.shop.test", "AAAA"), ("app.shop.test", "A")):
        answer = ask(linode.nameserver, name, kind)
        assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
        assert len(answer.authority) == 1


def test_the_zone_has_a_soa_and_linodes_five_name_servers(linode):
    servers = ask(linode.nameserver, "shop.test", "NS").answer[0]
    assert {str(server) for server in servers} == {f"ns{n}.linode.com." for n in range(1, 6)}
    before = ask(linode.nameserver, "shop.test", "SOA").answer[0][0].serial
    linode.add_record("shop.test", "app", "A", "192.0.2.1")
    assert ask(linode.nameserver, "shop.test", "SOA").answer[0][0].serial > before


def test_other_peoples_zones_are_refused(linode):
    assert ask(linode.nameserver, "example.com").rcode() == dns.rcode.REFUSED


def test_an_alias_is_followed_within_the_zone(linode):
    linode.add_record("shop.test", "app", "A", "192.0.2.1")
    linode.add_record("shop.test", "www", "CNAME", "app.shop.test")
    assert addresses(linode.nameserver, "www.shop.test", "A") == ["192.0.2.1"]
    assert addresses(linode.nameserver, "www.shop.test", "CNAME") == ["app.shop.test."]


def test_a_wildcard_answers_for_names_that_are_not_there(linode):
    linode.add_record("shop.test", "*", "A", "192.0.2.9")
    linode.add_record("shop.test", "app", "A", "192.0.2.1")
    assert addresses(linode.nameserver, "any.shop.test") == ["192.0.2.9"]
    assert addresses(linode.nameserver, "app.shop.test") == ["192.0.2.1"]


def test_other_types_of_record_are_served_too(linode):
    linode.add_record("shop.test", "note", "TXT", 'say "hi" ' + "x" * 300)
    linode.add_record("shop.test", "", "MX", "mail.shop.test")
    text = ask(linode.nameserver, "note.shop.test", "TXT").answer[0][0]
    assert b"".join(text.strings).decode() == 'say "hi" ' + "x" * 300
    exchange = ask(linode.nameserver, "shop.test", "MX").answer[0][0].exchange
    assert str(exchange) == "mail.shop.test."


def test_what_does_not_fit_in_a_datagram_is_truncated_and_whole_over_tcp(linode):
    for number in range(100):
        linode.add_record("shop.test", "many", "A", f"192.0.2.{number}")
    assert ask(linode.nameserver, "many.shop.test").flags & dns.flags.TC
    whole = ask(linode.nameserver, "many.shop.test", tcp=True)
    assert len(whole.answer[0]) == 100


def test_a_change_shows_only_when_it_has_been_rendered(linode):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    assert addresses(linode.nameserver, "app.shop.test") == ["192.0.2.1"]
    linode.render_delay = 3600
    linode.set_target(record, "192.0.2.2")
    assert linode.targets("shop.test", "app", "A") == ["192.0.2.2"]
    assert addresses(linode.nameserver, "app.shop.test") == ["192.0.2.1"]
    linode.render_delay = 0
    assert addresses(linode.nameserver, "app.shop.test") == ["192.0.2.2"]
    linode.render_delay = 3600
    assert addresses(linode.nameserver, "app.shop.test") == ["192.0.2.2"]


def test_the_delay_runs_from_the_change(linode):
    linode.render_delay = 0.2
    linode.add_record("shop.test", "app", "A", "192.0.2.1")
    until(lambda: addresses(linode.nameserver, "app.shop.test"), "the rendering")


def test_a_deleted_record_is_gone_from_the_answer(linode):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    linode.delete_record(record)
    assert ask(linode.nameserver, "app.shop.test").rcode() == dns.rcode.NXDOMAIN


def test_the_closest_zone_answers(linode):
    linode.add_domain("eu.shop.test")
    linode.add_record("eu.shop.test", "app", "A", "192.0.2.2")
    linode.add_record("shop.test", "app.eu", "A", "192.0.2.1")
    assert addresses(linode.nameserver, "app.eu.shop.test") == ["192.0.2.2"]


def test_noise_is_ignored_and_the_next_question_answered(linode):
    host, port = linode.nameserver.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noisy:
        noisy.sendto(b"what?", (host, int(port)))
    with socket.create_connection((host, int(port)), timeout=LIMIT) as noisy:
        noisy.sendall(b"\x00\x05what?")
        assert noisy.recv(1) == b""
    query = dns.message.make_query("shop.test", "SOA")
    assert dns.query.udp(query, host, port=int(port), timeout=LIMIT).answer
