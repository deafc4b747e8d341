"""A deployment where nothing is wrong, as facts, and every way to spoil one thing of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from failover.health.probe import Probe, Reason
from failover.health.votes import Ballot
from failover.notify.events import Event, What
from failover.preflight.facts import (
    Alarm,
    Authority,
    BackEnds,
    ControlTable,
    Facts,
    Grants,
    Kept,
    OfRegion,
    OfService,
    Rate,
    Token,
)
from failover.preflight.finding import Check, Unknown
from failover.publication.proof import Evidence, Heard, Said
from failover.settings.model import Addresses, Data, Mode, Routing, Service
from failover.settings.recovery import Recovery
from failover.staleness.global_table import GlobalTable
from failover.staleness.replication import Finding as Measured
from failover.staleness.replication import Link
from failover.zone.access import Access
from failover.zone.failing import Failing
from failover.zone.records import Record
from tests.support.builders import (
    EAST6,
    GOOD,
    NOW,
    SOUTH6,
    WEST6,
    ballot,
    gate,
    having,
    pin,
    pointing_at,
    reads,
    record,
    saying,
    settings_of,
    shop,
    stop,
    votes,
)

DAY = 86400.0
AWS_REGIONS = ("us-east-1", "us-west-2", "us-east-2")
SHOP = shop(
    EAST6,
    WEST6,
    SOUTH6,
    data=Data(table="orders", max_age=60.0, accept_stale_after=0.0),
    rto_target=400.0,
)
SETTINGS = settings_of(SHOP, vantages=("v1", "v2"))
SERVERS = ("ns1.linode.com", "ns2.linode.com")
QUICK = {region.addresses.ipv4: 0.2 for region in SHOP.regions}
REASON = Unknown("nobody asked")


def heard(source: str, addresses: Addresses = EAST6, **changes: Any) -> Heard:
    """What one source gives."""
    families = {"a": frozenset({addresses.ipv4}), "aaaa": frozenset({addresses.ipv6 or ""})}
    return Heard(source, **{**families, **changes})


def authority(source: str, **changes: Any) -> Authority:
    """What one name server says of the zone."""
    plain = Authority(source, serial=7, negative=300, ttls={"A": 30, "AAAA": 30})
    return replace(plain, **changes)


def voting(vantage: str, **changes: Any) -> Ballot:
    """The votes of one vantage."""
    return ballot(
        votes("HHH", SHOP), vantage, **{"release": "r1", "memory": 0.5, "slow": QUICK, **changes}
    )


def measured(vantage: str) -> tuple[Measured, ...]:
    """What one vantage knows of the data: every region is a second behind us-east-1."""
    return tuple(
        Measured(vantage, name, NOW, links={"us-east-1": Link(1.0, NOW)}) for name in AWS_REGIONS
    )


def healthy() -> Facts:
    """A deployment with one service where nothing is wrong and everything is known."""
    table = GlobalTable("eventual", dict.fromkeys(AWS_REGIONS, "ACTIVE"), (), True, True)
    of = OfService(
        service=SHOP,
        kept=Kept(
            state=pointing_at("east", SHOP),
            ballots=(voting("v1"), voting("v2")),
            measured=(*measured("v1"), *measured("v2")),
        ),
        reading=reads(EAST6),
        evidence=Evidence(heard("zone file"), tuple(map(heard, SERVERS))),
        regions=tuple(
            OfRegion(region, (GOOD,), (GOOD,), certificate=NOW + 60 * DAY)
            for region in SHOP.regions
        ),
        authorities=tuple(map(authority, SERVERS)),
        delegation=SERVERS,
        resolved=(heard("1.1.1.1"),),
        replicas=dict.fromkeys(AWS_REGIONS, table),
        balancers={},
    )
    return Facts(
        settings=SETTINGS,
        vantage="v1",
        now=NOW,
        token=Token(None, Access(scopes=frozenset({"domains:read_write"}))),
        services=(of,),
        grants=Grants(restricted=True, domains={7: "read_write"}),
        release="r1",
        token_ends=None,
        rate=Rate(200, 190),
        table=ControlTable("strong", protected=True, recoverable=True),
        subscribers=1,
        alarms=(Alarm("shop-dead-man", enabled=True, actions=1),),
        concurrency=10,
    )


Spoiled = Callable[[Facts], Facts]


def of_service(**changes: Any) -> Spoiled:
    """The facts with other ones of their service."""
    return lambda facts: replace(facts, services=(replace(facts.services[0], **changes),))


def service_with(**changes: Any) -> Spoiled:
    """The facts with other settings of their service."""

    def spoil(facts: Facts) -> Facts:
        [of] = facts.services
        service: Service = replace(of.service, **changes)
        settings = replace(facts.settings, services=(service,))
        return replace(facts, settings=settings, services=(replace(of, service=service),))

    return spoil


def kept(**changes: Any) -> Spoiled:
    """The facts with another content of the control table."""

    def spoil(facts: Facts) -> Facts:
        [of] = facts.services
        assert isinstance(of.kept, Kept)
        return of_service(kept=replace(of.kept, **changes))(facts)

    return spoil


def state_with(**changes: Any) -> Spoiled:
    """The facts with another decision."""
    return kept(state=having(pointing_at("east", SHOP), **changes))


def votes_with(**changes: Any) -> Spoiled:
    """The facts with another ballot of the second vantage."""
    return kept(ballots=(voting("v1"), voting("v2", **changes)))


def region_with(**changes: Any) -> Spoiled:
    """The facts with something else about the standby, west."""

    def spoil(facts: Facts) -> Facts:
        east, west, south = facts.services[0].regions
        return of_service(regions=(east, replace(west, **changes), south))(facts)

    return spoil


def records(*found: Record) -> Spoiled:
    """The facts with these records."""

    def spoil(facts: Facts) -> Facts:
        reading = facts.services[0].reading
        assert not isinstance(reading, Unknown)
        return of_service(reading=replace(reading, records=found))(facts)

    return spoil


def evidence(*served: Heard, rendered: Heard | None = None) -> Spoiled:
    """The facts with other answers of the name servers. Public resolvers ask the first one."""
    shown = rendered or heard("zone file")
    found = served or tuple(map(heard, SERVERS))
    first = replace(found[0], source="1.1.1.1", a=found[0].a, aaaa=found[0].aaaa)
    return of_service(evidence=Evidence(shown, found), resolved=(first,))


def reading_with(**changes: Any) -> Spoiled:
    """The facts with another reading."""
    return of_service(reading=replace(reads(EAST6), **changes))


def facts_with(**changes: Any) -> Spoiled:
    """Other facts of the deployment."""
    return lambda facts: replace(facts, **changes)


def token(**changes: Any) -> Spoiled:
    """Another answer of Linode about the token."""
    plain = Access(scopes=frozenset({"domains:read_write"}))
    return facts_with(token=Token(None, replace(plain, **changes)))


def replica(**changes: Any) -> Spoiled:
    """The facts with another table in us-west-2."""

    def spoil(facts: Facts) -> Facts:
        found = dict(facts.services[0].replicas)
        table = found["us-west-2"]
        assert isinstance(table, GlobalTable)
        return of_service(replicas={**found, "us-west-2": replace(table, **changes)})(facts)

    return spoil


def links(link: Link | None) -> Spoiled:
    """The facts with another link from east to west, as both vantages measured it."""
    found = [
        replace(each, links={"us-east-1": link} if link else {})
        if each.aws_region == "us-west-2"
        else each
        for each in (*measured("v1"), *measured("v2"))
    ]
    return kept(measured=tuple(found))


def placed(**where: str) -> Spoiled:
    """The facts with a NodeBalancer for east and one for west, in these Linode regions."""
    east, west, south = SHOP.regions
    named = (replace(east, nodebalancer="lb-east"), replace(west, nodebalancer="lb-west"), south)

    def spoil(facts: Facts) -> Facts:
        scopes = frozenset({"domains:read_write", "nodebalancers:read_only"})
        found = {"lb-east": EAST6, "lb-west": WEST6}
        ends = dict.fromkeys(found, (BEHIND,))
        places = {f"lb-{name}": place for name, place in where.items()}
        known = of_service(balancers=found, back_ends=ends, places=places)
        return token(scopes=scopes)(known(service_with(regions=named)(facts)))

    return spoil


BEHIND = BackEnds(443, "http", "/health", interval=3, attempts=2, up=3, down=0)


def behind(**changes: Any) -> Spoiled:
    """The facts with a NodeBalancer for west, and something else behind it."""
    return labelled(WEST6, replace(BEHIND, **changes))


def labelled(now: Addresses | None, ends: BackEnds = BEHIND) -> Spoiled:
    """The facts with a NodeBalancer for west, and what the account has under its label."""
    east, west, south = SHOP.regions
    regions = (east, replace(west, nodebalancer="shop-west"), south)

    def spoil(facts: Facts) -> Facts:
        named = service_with(regions=regions)(facts)
        scopes = frozenset({"domains:read_write", "nodebalancers:read_only"})
        return token(scopes=scopes)(
            of_service(
                balancers={"shop-west": now}, back_ends={"shop-west": (ends,)} if now else {}
            )(named)
        )

    return spoil


def failing(reason: Reason, detail: str = "no") -> tuple[Probe, ...]:
    """Two probes that failed so."""
    return (Probe(reason, detail, 0.1),) * 2


WAITING = Event("1-1-0", NOW - 900.0, What.PUBLISHED, {"cause": "unhealthy"})
OPEN_PUBLICATION = {"attempt": 1, "published_at": NOW - 500.0, "served_at": NOW - 100.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `about` and `says` are what its finding must tell."""

    spoil: Spoiled
    about: str = ""
    says: str = ""


FAULTS: dict[Check, Fault] = {
    Check.TOKEN_UNREADABLE: Fault(
        facts_with(token=Token("no such parameter", Access())), says="no such parameter"
    ),
    Check.TOKEN_REFUSED: Fault(token(refused="GET /domains: 401"), says="GET /domains: 401"),
    Check.TOKEN_LACKS_SCOPE: Fault(
        token(scopes=frozenset({"domains:read_only"})), says="lacks the scope domains:read_write"
    ),
    Check.TOKEN_TOO_WIDE: Fault(
        token(scopes=frozenset({"domains:read_write", "linodes:read_write"})),
        says="linodes:read_write; it needs domains:read_write",
    ),
    Check.TOKEN_ENDS: Fault(facts_with(token_ends=NOW + 3 * DAY), says="ends in 3.0 days"),
    Check.RATE_LIMIT_LOW: Fault(facts_with(rate=Rate(200, 49)), says="of 200 listings"),
    Check.TABLE_UNAVAILABLE: Fault(
        facts_with(gate=Unknown("no answer in 2 s")), says="no answer in 2 s"
    ),
    Check.TABLE_NOT_STRONG: Fault(
        facts_with(table=ControlTable("eventual", protected=True, recoverable=True)),
        says="eventual consistency",
    ),
    Check.TABLE_UNPROTECTED: Fault(
        facts_with(table=ControlTable("strong", protected=False, recoverable=True))
    ),
    Check.TABLE_NOT_RECOVERABLE: Fault(
        facts_with(table=ControlTable("strong", protected=True, recoverable=False))
    ),
    Check.ITEM_UNUSABLE: Fault(kept(broken=("the item pk=x is wrong",)), says="pk=x"),
    Check.STOP_SWITCH_ON: Fault(facts_with(gate=gate()), says="ana stopped automation"),
    Check.VANTAGE_SILENT: Fault(
        kept(ballots=(voting("v1"), voting("v2", at=NOW - 600.0))), "v2", "does not vote on shop"
    ),
    Check.VANTAGE_BLIND: Fault(votes_with(blind=True), "v2"),
    Check.SETTINGS_DIFFER: Fault(votes_with(digest="two"), "v2", "digest two; here revision 1"),
    Check.RELEASE_DIFFERS: Fault(votes_with(release="r0"), "v2", "another release: r0; here r1"),
    Check.CLOCK_AHEAD: Fault(votes_with(at=NOW + 30.0), "v2", "30 s ahead"),
    Check.MEMORY_LOW: Fault(votes_with(memory=0.8), "v2", "has used 80% of its memory"),
    Check.BEATS_MISSING: Fault(
        votes_with(unpaced=Failing(NOW - 60.0, "the queue does not answer")),
        "v2",
        "the queue does not answer",
    ),
    Check.NO_TOPIC: Fault(facts_with(topic=False)),
    Check.NO_SUBSCRIBER: Fault(facts_with(subscribers=0)),
    Check.ALARM_MISSING: Fault(facts_with(alarms=())),
    Check.ALARM_SILENT: Fault(
        facts_with(alarms=(Alarm("shop-drift", enabled=False, actions=1),)),
        "shop-drift",
        "are disabled",
    ),
    Check.CONCURRENCY_LOW: Fault(
        facts_with(concurrency=9), says="runs 9 functions of the account at once here"
    ),
    Check.NOT_MANAGED: Fault(kept(state=None, measured=()), says="no decision yet"),
    Check.PAUSED: Fault(state_with(pause=stop()), says="ana paused shop until"),
    Check.PINNED: Fault(state_with(pin=pin("east")), "east", "ana pinned shop to east"),
    Check.ALERTS_STUCK: Fault(state_with(pending=(WAITING,)), says="1 alerts of shop wait"),
    Check.RECORDS_UNREAD: Fault(
        of_service(reading=Unknown("GET /domains: 503")), says="GET /domains: 503"
    ),
    Check.DOMAIN_NOT_GRANTED: Fault(
        facts_with(grants=Grants(restricted=True, domains={7: "read_only"})),
        says="the access read_only to the domain shop.test",
    ),
    Check.DOMAIN_INACTIVE: Fault(reading_with(zone="disabled"), says="shop.test is disabled"),
    Check.NOT_DELEGATED: Fault(
        of_service(delegation=("ns1.linode.com", "ns.other.example")), says="ns.other.example"
    ),
    Check.ZONE_NOT_RENDERED: Fault(
        evidence(rendered=Heard("zone file", said=Said.UNRENDERED)), says="no zone file yet"
    ),
    Check.NAME_SERVER_SILENT: Fault(
        evidence(heard(SERVERS[0]), Heard(SERVERS[1], said=Said.SILENT)), SERVERS[1], "no answer"
    ),
    Check.NAME_SERVER_DIFFERS: Fault(
        evidence(heard(SERVERS[0]), heard(SERVERS[1], WEST6)),
        SERVERS[1],
        "gives 192.0.2.2, 2001:db8::2; the records say 192.0.2.1, 2001:db8::1",
    ),
    Check.SERIALS_DIFFER: Fault(
        of_service(authorities=(authority(SERVERS[0]), authority(SERVERS[1], serial=6))),
        says="ns1.linode.com 7, ns2.linode.com 6",
    ),
    Check.RESOLVER_DIFFERS: Fault(
        of_service(resolved=(heard("1.1.1.1"), heard("8.8.8.8", WEST6))),
        "8.8.8.8",
        "gives 192.0.2.2, 2001:db8::2; the records say 192.0.2.1, 2001:db8::1",
    ),
    Check.RECORD_MISSING: Fault(
        lambda facts: evidence(
            heard(SERVERS[0], aaaa=frozenset()),
            rendered=heard("zone file", aaaa=frozenset()),
        )(records(record("A", EAST6.ipv4, 101))(facts)),
        "AAAA",
    ),
    Check.RECORD_IN_THE_WAY: Fault(
        records(*saying(EAST6), record("CNAME", "else.example", 301)),
        "CNAME",
        "to else.example",
    ),
    Check.RECORD_SURPLUS: Fault(
        records(*saying(EAST6), record("A", EAST6.ipv4, 102)), "A", "2 A records where 1"
    ),
    Check.RECORD_FOREIGN: Fault(
        lambda facts: evidence(
            heard(SERVERS[0], a=frozenset({"203.0.113.9"})),
            rendered=heard("zone file", a=frozenset({"203.0.113.9"})),
        )(records(record("A", "203.0.113.9", 101), record("AAAA", EAST6.ipv6 or "", 201))(facts)),
        "203.0.113.9",
        "in no settings (A)",
    ),
    Check.TTL_DIFFERS: Fault(
        records(record("A", EAST6.ipv4, 101, ttl=0), record("AAAA", EAST6.ipv6 or "", 201)),
        EAST6.ipv4,
        "is the default of the zone; the settings say 30 s",
    ),
    Check.TTL_SERVED_LONGER: Fault(
        of_service(authorities=(authority(SERVERS[0], ttls={"A": 300, "AAAA": 30}),)),
        SERVERS[0],
        "a TTL of 300 s; the record says 30 s",
    ),
    Check.NEGATIVE_TTL_LONG: Fault(
        of_service(authorities=(authority(SERVERS[0], negative=86400),)), says="86400 s"
    ),
    Check.REGION_UNHEALTHY: Fault(
        region_with(probes=failing(Reason.REFUSED)), "west", "192.0.2.2: refused no"
    ),
    Check.REGION_CERTIFICATE: Fault(
        region_with(probes=failing(Reason.TLS, "certificate has expired")),
        "west",
        "certificate has expired",
    ),
    Check.REGION_CERTIFICATE_ENDS: Fault(
        region_with(certificate=NOW + 3 * DAY), "west", "ends in 3.0 days"
    ),
    Check.REGION_WRONG: Fault(
        region_with(probes=failing(Reason.WRONG_REGION, "it names us-east-1")),
        "west",
        "does not answer as west: it names us-east-1",
    ),
    Check.REGION_SLOW: Fault(
        region_with(probes=(Probe(None, "", 3.1),)), "west", "after 3.1 s; the timeout is 4 s"
    ),
    Check.REGION_OFTEN_SLOW: Fault(
        votes_with(slow={**QUICK, WEST6.ipv4: 2.1}),
        "west",
        "takes longer than 2.1 s, seen from v2; the timeout is 4 s",
    ),
    Check.REGION_IPV6: Fault(
        region_with(ipv6=failing(Reason.REFUSED)), "west", "fails its probe at 2001:db8::2"
    ),
    Check.BALANCER_MISSING: Fault(labelled(None), "west", "no NodeBalancer shop-west"),
    Check.BALANCER_CHANGED: Fault(
        labelled(Addresses("203.0.113.9")), "west", "has 203.0.113.9; 192.0.2.2 and 2001:db8::2"
    ),
    Check.BALANCER_REGION: Fault(
        placed(east="us-east", west="us-east"),
        "west",
        "in the Linode region us-east, which is that",
    ),
    Check.BALANCER_NOT_RESERVED: Fault(
        lambda facts: of_service(reserved={WEST6.ipv4: False})(labelled(WEST6)(facts)),
        "west",
        "the address 192.0.2.2 of the NodeBalancer shop-west of west is not reserved",
    ),
    Check.BALANCER_UNCHECKED: Fault(behind(check="none"), "west", "behind port 443"),
    Check.BALANCER_PATH: Fault(behind(path="/"), "west", "checks /; [service.health] has /health"),
    Check.BALANCER_SLOW: Fault(
        behind(interval=31, attempts=3), "west", "after 93 s; a region is dead after 15 s"
    ),
    Check.BACK_ENDS_FEW: Fault(behind(up=1), "west", "has 1 back ends"),
    Check.BACK_ENDS_DOWN: Fault(behind(up=1, down=2), "west", "1 of 3 back ends"),
    Check.REPLICA_UNKNOWN: Fault(
        of_service(
            replicas={
                "us-west-2": Unknown("no such table"),
            }
        ),
        "us-west-2",
        "no such table",
    ),
    Check.REPLICA_INACTIVE: Fault(
        replica(replicas={"us-west-2": "CREATING"}), "us-west-2", "is CREATING"
    ),
    Check.DATA_UNPROTECTED: Fault(replica(protected=False), "us-west-2"),
    Check.DATA_NOT_RECOVERABLE: Fault(replica(recoverable=False), "us-west-2"),
    Check.DATA_NOT_MEASURED: Fault(links(None), "us-west-2", "not known"),
    Check.DATA_STALE: Fault(
        links(Link(300.0, NOW, over_since=NOW - 120.0)), "us-west-2", "300 s behind; max_age is 60"
    ),
    Check.PROMISE_BROKEN: Fault(
        state_with(**OPEN_PUBLICATION), says="took 400 s, publish_allowance is 60 s"
    ),
}
"""One fault for each check: it yields the finding of that name, and nothing else that is wrong."""

OTHER_FAULTS = {
    "half of the back ends are down": (
        Check.BACK_ENDS_DOWN,
        Fault(behind(up=2, down=2), "west", "2 of 4 back ends"),
    ),
    "a release that does not name itself": (
        Check.RELEASE_DIFFERS,
        Fault(votes_with(release=""), "v2", "one that does not say which"),
    ),
    "a NodeBalancer in the Linode region of which another region has the name": (
        Check.BALANCER_REGION,
        Fault(placed(east="west", west="us-west"), "east", "which is that of west"),
    ),
    "a region of which only the last probe failed by its certificate": (
        Check.REGION_CERTIFICATE,
        Fault(
            region_with(probes=(*failing(Reason.RESET)[:1], *failing(Reason.TLS)[:1])),
            "west",
        ),
    ),
    "a region that was slow in the last probe": (
        Check.REGION_SLOW,
        Fault(region_with(probes=(GOOD, Probe(None, "", 3.1))), "west", "after 3.1 s"),
    ),
    "a region whose last probe failed over IPv6": (
        Check.REGION_IPV6,
        Fault(region_with(ipv6=(GOOD, *failing(Reason.RESET)[:1])), "west", "reset"),
    ),
    "a resolver that differs as soon as the TTL of the last change is over": (
        Check.RESOLVER_DIFFERS,
        Fault(
            lambda facts: of_service(resolved=(heard("1.1.1.1", WEST6),))(
                state_with(served_at=NOW - SHOP.ttl, published_at=NOW - SHOP.ttl - 5.0)(facts)
            ),
            "1.1.1.1",
        ),
    ),
    "a promise that settings break without a publication that was measured": (
        Check.PROMISE_BROKEN,
        Fault(
            lambda facts: state_with(attempt=0)(service_with(rto_target=30.0)(facts)),
            says="took 0 s",
        ),
    ),
    "a promise that settings break where a clock puts the proof before the publication": (
        Check.PROMISE_BROKEN,
        Fault(
            lambda facts: state_with(attempt=1, published_at=NOW - 100.0, served_at=NOW - 110.0)(
                service_with(rto_target=30.0)(facts)
            ),
            says="took 0 s",
        ),
    ),
    "a token that has ended": (
        Check.TOKEN_ENDS,
        Fault(facts_with(token_ends=NOW - DAY), says="ends in 0.0 days"),
    ),
    "an alarm without actions": (
        Check.ALARM_SILENT,
        Fault(
            facts_with(alarms=(Alarm("shop-drift", enabled=True, actions=0),)),
            "shop-drift",
            "are missing",
        ),
    ),
    "no delegation at all": (
        Check.NOT_DELEGATED,
        Fault(of_service(delegation=()), says="no name server"),
    ),
    "a domain of which nothing is granted": (
        Check.DOMAIN_NOT_GRANTED,
        Fault(
            facts_with(grants=Grants(restricted=True, domains={7: None})), says="the access none"
        ),
    ),
    "a TTL of a day": (
        Check.TTL_DIFFERS,
        Fault(
            records(*saying(EAST6, ttl=30)[1:], record("A", EAST6.ipv4, 101, ttl=86400)),
            EAST6.ipv4,
            "is 86400 s",
        ),
    ),
    "a region that is slow to fail": (
        Check.REGION_UNHEALTHY,
        Fault(region_with(probes=failing(Reason.DEADLINE)), "west"),
    ),
    "several times the same address, and multivalue": (
        Check.RECORD_SURPLUS,
        Fault(
            lambda facts: records(
                *saying(EAST6), *(record("A", EAST6.ipv4, 110 + i) for i in range(3))
            )(service_with(routing=Routing.MULTIVALUE)(facts)),
            "A",
            "4 A records where 3",
        ),
    ),
    "a certificate that has ended": (
        Check.REGION_CERTIFICATE_ENDS,
        Fault(region_with(certificate=NOW - DAY), "west", "ends in 0.0 days"),
    ),
    "a name server that gives nothing": (
        Check.NAME_SERVER_DIFFERS,
        Fault(
            evidence(heard(SERVERS[1]), Heard(SERVERS[0])),
            SERVERS[0],
            "gives no address",
        ),
    ),
    "a resolver that knows no address": (
        Check.RESOLVER_DIFFERS,
        Fault(of_service(resolved=(Heard("1.1.1.1"),)), "1.1.1.1", "gives no address"),
    ),
    "a replica that is not there": (
        Check.REPLICA_INACTIVE,
        Fault(replica(replicas={}), "us-west-2", "is missing"),
    ),
}
"""What else the same checks find, in their other branches."""

FINE: dict[str, Spoiled] = {
    "a region that often takes half of the timeout": votes_with(slow={**QUICK, WEST6.ipv4: 2.0}),
    "a NodeBalancer with a reserved address": lambda facts: of_service(reserved={WEST6.ipv4: True})(
        labelled(WEST6)(facts)
    ),
    "an address that no NodeBalancer has": of_service(reserved={WEST6.ipv4: False}),
    "a monitor that uses most of its memory": votes_with(memory=0.79),
    "a token that is valid for weeks": facts_with(token_ends=NOW + 20 * DAY),
    "a limit of which a quarter is left": facts_with(rate=Rate(200, 50)),
    "NodeBalancers in Linode regions of their own": placed(east="us-east", west="us-west"),
    "NodeBalancers that have not said where they are": placed(east="", west=""),
    "nothing": lambda facts: facts,
    "an unrestricted user": facts_with(grants=Grants(restricted=False)),
    "an observer that may only read": lambda facts: token(scopes=frozenset({"domains:read_only"}))(
        facts_with(grants=Grants(restricted=True, domains={7: "read_only"}))(
            service_with(mode=Mode.OBSERVE)(facts)
        )
    ),
    "one vantage and a plain table": lambda facts: replace(
        kept(ballots=(voting("v1"),))(facts),
        settings=replace(facts.settings, vantages=("v1",)),
        table=ControlTable("eventual", protected=True, recoverable=True),
    ),
    "a stop that has ended": facts_with(gate=gate(until=NOW - 1.0)),
    "a stop that ends now": facts_with(gate=gate(until=NOW)),
    "a probe that takes as long as it may": region_with(probes=(Probe(None, "", 2.0),)),
    "a pause that has ended": state_with(pause=stop(until=NOW - 1.0)),
    "a region over http has no certificate": region_with(certificate=None),
    "a second probe that was good": region_with(probes=(*failing(Reason.RESET)[:1], GOOD)),
    "a publication that took as long as allowed": state_with(
        **{**OPEN_PUBLICATION, "served_at": NOW - 460.0}
    ),
    "a promise that is kept to the second": service_with(
        rto_target=Recovery.of(SHOP, SETTINGS).total
    ),
    "no promise": service_with(rto_target=None),
    "no data": service_with(data=None),
    "a NodeBalancer with its address": labelled(WEST6),
    "a NodeBalancer that is as fast as a failover": behind(interval=5, attempts=3),
    "a missing name is remembered for an hour": of_service(
        authorities=(authority(SERVERS[0], negative=3600),)
    ),
    "a NodeBalancer that checks connections": behind(check="connection", path=""),
    "an address that was decided and is in no settings any more": lambda facts: evidence(
        heard(SERVERS[0], a=frozenset({"203.0.113.9"})),
        rendered=heard("zone file", a=frozenset({"203.0.113.9"})),
    )(
        state_with(targets={"east": Addresses("203.0.113.9", EAST6.ipv6)})(
            records(record("A", "203.0.113.9", 101), record("AAAA", EAST6.ipv6 or "", 201))(facts)
        )
    ),
    "a name server that told nothing of the zone": of_service(
        authorities=(authority(SERVERS[0]), Authority(SERVERS[1], error="no answer"))
    ),
}
"""Deployments where nothing is wrong."""
