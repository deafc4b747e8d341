"""One word says how a service stands. An outage comes first, then what an order holds."""

from dataclasses import replace

from failover.decision.headline import Headline, Trouble, headline, reasons, worst
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.parts import Incident, Pin, Stop
from failover.settings.model import Routing
from failover.zone.access import Access
from failover.zone.failing import Failing
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    NOW,
    WEST,
    moving,
    pointing_at,
    reads,
    scene,
    shop,
)

STOP = Stop(NOW + 600, "ana", "a test")
PIN = Pin("east", NOW + 600, "ana", "a test")
OPEN = {Kind.STANDBY_UNHEALTHY: Incident(NOW - 60, raised=True, told=NOW - 50)}


def word(view: View) -> Headline:
    return headline(reasons(view))


def codes(view: View) -> list[str]:
    return [str(reason.code) for reason in reasons(view)]


def test_all_is_well() -> None:
    assert (word(scene("HHH")), codes(scene("HHH"))) == (Headline.OK, [])


class TestOutage:
    def test_the_only_address_is_unhealthy(self) -> None:
        view = scene("UHH")
        assert word(view) is Headline.OUTAGE
        assert codes(view) == [Trouble.ALL_UNHEALTHY]

    def test_all_of_several_are_unhealthy(self) -> None:
        service = shop(routing=Routing.MULTIVALUE)
        both = {"east": EAST, "west": WEST}
        state = pointing_at("east", service, active=both, targets=both)
        assert word(scene("UUH", state, service=service)) is Headline.OUTAGE
        assert word(scene("UHH", state, service=service)) is Headline.DEGRADED

    def test_the_records_count_and_not_what_was_decided(self) -> None:
        assert word(scene("UHH", reading=reads(WEST))) is Headline.DEGRADED
        assert word(scene("HUH", reading=reads(WEST))) is Headline.OUTAGE

    def test_a_name_without_records(self) -> None:
        view = scene("HHH", reading=reads())
        assert Trouble.NO_RECORDS in codes(view)
        assert word(view) is Headline.OUTAGE

    def test_a_domain_that_linode_does_not_serve(self) -> None:
        view = scene("HHH", reading=replace(reads(EAST), zone="disabled"))
        assert Trouble.DOMAIN_INACTIVE in codes(view)
        assert word(view) is Headline.OUTAGE

    def test_an_address_without_a_verdict_is_none(self) -> None:
        assert word(scene("?HH")) is Headline.DEGRADED

    def test_nor_is_an_address_that_nobody_probes(self) -> None:
        view = scene("UHH", reading=reads(ELSEWHERE))
        assert word(view) is Headline.DEGRADED


class TestFrozen:
    def test_by_the_stop_of_everything_a_pause_or_a_pin(self) -> None:
        assert codes(scene("HHH", gate=STOP)) == [Trouble.STOPPED]
        assert codes(scene("HHH", pointing_at("east", pause=STOP))) == [Trouble.PAUSED]
        assert codes(scene("HHH", pointing_at("east", pin=PIN))) == [Trouble.PINNED]
        assert word(scene("HHH", gate=STOP)) is Headline.FROZEN

    def test_by_the_removal_of_one_of_several(self) -> None:
        service = shop(routing=Routing.MULTIVALUE)
        out = {"south": NOW + 600}
        state = pointing_at("east", service, excluded_until=out)
        view = scene("HHH", state, service=service)
        assert (word(view), codes(view)) == (Headline.FROZEN, [Trouble.EXCLUDED])

    def test_an_order_that_is_over_freezes_nothing(self) -> None:
        assert word(scene("HHH", gate=replace(STOP, until=NOW - 1))) is Headline.OK

    def test_it_comes_before_what_is_degraded_and_hides_none_of_it(self) -> None:
        view = scene("HUH", gate=STOP)
        assert word(view) is Headline.FROZEN
        assert codes(view) == [Trouble.STOPPED, Trouble.UNHEALTHY]

    def test_an_outage_comes_before_it(self) -> None:
        view = scene("UHH", gate=STOP)
        assert word(view) is Headline.OUTAGE
        assert codes(view) == [Trouble.ALL_UNHEALTHY, Trouble.STOPPED]


class TestDegraded:
    def test_a_dead_region(self) -> None:
        assert [(r.code, r.about) for r in reasons(scene("HUU"))] == [
            (Trouble.UNHEALTHY, ("west", "south"))
        ]

    def test_an_open_incident(self) -> None:
        view = scene("HHH", pointing_at("east", incidents=OPEN))
        assert (word(view), codes(view)) == (Headline.DEGRADED, [Kind.STANDBY_UNHEALTHY])

    def test_a_condition_that_is_no_incident_yet_is_none(self) -> None:
        young = {Kind.STANDBY_UNHEALTHY: Incident(NOW - 60, raised=False)}
        assert word(scene("HHH", pointing_at("east", incidents=young))) is Headline.OK

    def test_no_decision_yet(self) -> None:
        assert Trouble.NOT_MANAGED in codes(scene("HHH", None))

    def test_a_change_that_is_not_finished(self) -> None:
        assert Trouble.UNFINISHED in codes(scene("HHH", moving("east", "west")))

    def test_records_that_nobody_decided(self) -> None:
        assert codes(scene("HHH", reading=reads(WEST))) == [Trouble.RECORDS_DIFFER]

    def test_nobody_votes(self) -> None:
        assert codes(scene("HHH", ballots=())) == [Trouble.NO_VOTES]

    def test_a_vantage_that_does_not_vote(self) -> None:
        found = reasons(scene("HHH", vantages=("v1", "v2")))
        assert [(r.code, r.about) for r in found] == [(Trouble.NO_VOTE_OF, ("v2",))]

    def test_records_that_cannot_be_read_at_once(self) -> None:
        view = scene("HHH")
        unread = tuple(replace(b, unread=Failing(NOW - 5, "no")) for b in view.ballots)
        assert codes(replace(view, ballots=unread)) == [Trouble.UNREAD]

    def test_what_an_incident_says_is_not_said_twice(self) -> None:
        raised = {Kind.RECORDS_UNREAD: Incident(NOW - 400, raised=True)}
        view = scene("HHH", pointing_at("east", incidents=raised))
        unread = tuple(replace(b, unread=Failing(NOW - 400, "no")) for b in view.ballots)
        assert codes(replace(view, ballots=unread)) == [Kind.RECORDS_UNREAD]

    def test_a_token_that_does_not_suffice(self) -> None:
        view = scene("HHH")
        refused = tuple(replace(b, access=Access(refused="401")) for b in view.ballots)
        assert codes(replace(view, ballots=refused)) == [Trouble.TOKEN]


def test_the_worst_of_several_services_counts() -> None:
    assert worst([Headline.OK, Headline.DEGRADED, Headline.FROZEN]) is Headline.FROZEN
    assert worst([Headline.FROZEN, Headline.OUTAGE]) is Headline.OUTAGE
    assert worst([]) is Headline.OK
