"""Several name servers of one account can disagree, and each can fail in its own way."""

import dns.exception
import dns.flags
import dns.query
import dns.rcode
import pytest
import requests

from local.linode import LinodeEmulator
from local.linode_dns import addresses, ask
from tests.support.waiting import LIMIT

SHORT = 0.3
"""Seconds after which a client gives up on an answer that never comes."""


@pytest.fixture
def linode():
    with LinodeEmulator(render_delay=0, name_servers=5) as emulator:
        emulator.add_domain("shop.test")
        yield emulator


@pytest.fixture
def record(linode):
    return linode.add_record("shop.test", "app", "A", "192.0.2.1")


def app(linode):
    return [addresses(server, "app.shop.test") for server in linode.nameservers]


def rcodes(linode):
    return [ask(server, "app.shop.test").rcode() for server in linode.nameservers]


def test_each_name_server_has_a_port_of_its_own_and_the_first_is_the_one(linode, record):
    assert len(set(linode.nameservers)) == 5
    assert linode.nameserver == linode.nameservers[0]
    assert [server.at for server in linode.dns] == linode.nameservers
    assert app(linode) == [["192.0.2.1"]] * 5


def test_there_is_one_name_server_unless_more_are_asked_for():
    with LinodeEmulator() as linode:
        assert linode.nameservers == [linode.nameserver]


def test_one_name_server_can_lag_behind_the_others(linode, record):
    linode.dns[2].render_delay.seconds = 3600
    linode.set_target(record, "192.0.2.2")
    fresh, old = ["192.0.2.2"], ["192.0.2.1"]
    assert app(linode) == [fresh, fresh, old, fresh, fresh]
    linode.dns[2].render_delay.seconds = 0
    assert app(linode) == [fresh] * 5


def test_a_longer_delay_takes_back_nothing_that_was_served(linode, record):
    linode.set_target(record, "192.0.2.2")
    linode.dns[1].render_delay.seconds = 3600
    assert app(linode) == [["192.0.2.2"]] * 5


def test_the_delay_of_the_emulator_is_that_of_every_name_server(linode, record):
    linode.render_delay = 3600
    linode.set_target(record, "192.0.2.2")
    assert app(linode) == [["192.0.2.1"]] * 5
    linode.render_delay = 0
    assert app(linode) == [["192.0.2.2"]] * 5


@pytest.mark.parametrize("tcp", [False, True])
def test_a_silent_name_server_never_answers_and_the_others_do(linode, record, tcp):
    linode.dns[3].fault = "silent"
    with pytest.raises(dns.exception.Timeout):
        ask(linode.nameservers[3], "app.shop.test", tcp=tcp, timeout=SHORT)
    for server in (*linode.nameservers[:3], linode.nameservers[4]):
        assert addresses(server, "app.shop.test") == ["192.0.2.1"]


@pytest.mark.parametrize("tcp", [False, True])
def test_a_name_server_can_answer_servfail(linode, record, tcp):
    linode.dns[0].fault = "servfail"
    answer = ask(linode.nameservers[0], "app.shop.test", tcp=tcp)
    assert (answer.rcode(), answer.answer) == (dns.rcode.SERVFAIL, [])
    assert not answer.flags & dns.flags.AA
    assert rcodes(linode)[1:] == [dns.rcode.NOERROR] * 4


def test_a_truncated_answer_is_empty_over_udp_and_whole_over_tcp(linode, record):
    linode.dns[0].fault = "truncated"
    cut = ask(linode.nameserver, "app.shop.test")
    assert cut.flags & dns.flags.TC
    assert cut.answer == []
    whole = ask(linode.nameserver, "app.shop.test", tcp=True)
    assert not whole.flags & dns.flags.TC
    assert [str(data) for data in whole.answer[0]] == ["192.0.2.1"]


@pytest.mark.parametrize("tcp", [False, True])
def test_an_answer_can_bear_the_id_of_another_question(linode, record, tcp):
    linode.dns[0].fault = "wrong_id"
    with pytest.raises(dns.query.BadResponse):
        ask(linode.nameserver, "app.shop.test", tcp=tcp)


def test_a_fault_of_a_name_server_that_does_not_exist_is_refused(linode):
    with pytest.raises(ValueError, match="sulk"):
        linode.dns[0].fault = "sulk"


def test_healing_ends_faults_and_lags_of_all_name_servers(linode, record):
    linode.dns[0].fault = "servfail"
    linode.dns[1].fault = "silent"
    linode.dns[2].render_delay.seconds = 3600
    linode.set_target(record, "192.0.2.2")
    linode.heal()
    assert app(linode) == [["192.0.2.2"]] * 5


@pytest.mark.parametrize("how", ["refused", "servfail"])
def test_an_account_can_lose_its_zones_while_the_api_works(linode, record, how):
    linode.stop_serving(how)
    assert rcodes(linode) == [dns.rcode.from_text(how)] * 5
    zone = linode.add_domain("new.test")
    headers = {"Authorization": f"Bearer {linode.token}"}
    assert requests.get(f"{linode.url}/domains/{zone}", headers=headers, timeout=LIMIT).ok
    linode.set_target(record, "192.0.2.2")
    linode.heal()
    assert app(linode) == [["192.0.2.2"]] * 5


def test_an_account_without_an_active_linode_is_refused_like_any_strange_zone(linode, record):
    linode.stop_serving()
    assert rcodes(linode) == [ask(linode.nameserver, "example.com").rcode()] * 5
