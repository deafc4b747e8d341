"""The sum that the settings promise, and how to bring it down."""

from dataclasses import replace

from failover.settings.model import Data, Settings
from failover.settings.recovery import Recovery
from tests.support.builders import SHOP, settings_of

DEFAULTS = Recovery(
    interval=10.0,
    confirm_interval=5.0,
    timeout=4.0,
    failure_threshold=3,
    ttl=30,
    publish_allowance=60.0,
    vantages=1,
)


def settings_with(data: Data | None, vantages: tuple[str, ...] = ("eu-west-1",)) -> Settings:
    service = replace(SHOP, data=data)
    return settings_of(service, vantages=vantages)


def test_the_defaults_with_one_vantage_promise_133_seconds():
    """10 + 5 + 2 x 5 + 2 x 4 + 10 + 60 + 30."""
    assert [part.seconds for part in DEFAULTS.parts] == [10, 5, 10, 8, 10, 60, 30]
    assert DEFAULTS.total == 133


def test_the_sum_is_taken_from_a_service_and_its_settings():
    settings = settings_with(data=None)

    assert Recovery.of(settings.services[0], settings) == DEFAULTS


def test_several_vantages_cost_one_confirm_interval():
    settings = settings_with(data=None, vantages=("eu-west-1", "us-east-2", "eu-north-1"))

    assert Recovery.of(settings.services[0], settings).total == 133 + 5


def test_accepting_stale_data_costs_the_time_that_was_set_for_it():
    settings = settings_with(Data(table="orders", max_age=60.0, accept_stale_after=90.0))

    assert Recovery.of(settings.services[0], settings).total == 133 + 90


def test_every_part_has_a_name_of_its_own_and_adds_up():
    everything = replace(DEFAULTS, vantages=3, accept_stale_after=7.0)

    assert len({part.name for part in everything.parts}) == 9
    assert sum(part.seconds for part in everything.parts) == everything.total


def test_fractions_add_up_to_the_millisecond():
    """0.1 + 0.2 must not be refused for a promise of 0.3."""
    quick = replace(DEFAULTS, interval=0.3, confirm_interval=0.1, timeout=0.05, ttl=30)

    assert quick.total == 0.3 + 5 + 0.2 + 0.1 + 10 + 60 + 30


def test_what_the_sum_leaves_out_depends_on_the_number_of_vantages():
    alone, two, three = (
        " ".join(replace(DEFAULTS, vantages=count).uncovered) for count in (1, 2, 3)
    )

    assert all(words in alone for words in ("only vantage", "+ 159 s"))
    assert all(words in two for words in ("two vantages", "+ 40 s", "90 s"))
    assert not any(words in three for words in ("only vantage", "two vantages"))


def test_what_the_sum_leaves_out_names_load_resolvers_and_grey_failures():
    text = " ".join(DEFAULTS.uncovered)

    assert all(words in text for words in ("hundred services", "Resolvers", "Grey failures"))
    assert "SQS stops delivering: + 119 s" in text


def test_advice_turns_the_cheapest_knob_that_does_it():
    assert replace(DEFAULTS, ttl=3600).advice(135) == "to reach it, set ttl = 30"


def test_advice_turns_a_knob_no_further_than_needed():
    assert DEFAULTS.advice(131) == 'to reach it, set interval = "8s"'
    assert replace(DEFAULTS, ttl=3600).advice(405) == "to reach it, set ttl = 300"


def test_advice_combines_knobs_when_one_is_not_enough():
    assert DEFAULTS.advice(125) == 'to reach it, set interval = "5s", timeout = "2s"'


def test_advice_to_lower_the_publish_allowance_asks_for_a_measurement():
    assert "measured" in DEFAULTS.advice(100)


def test_advice_says_when_no_settings_reach_the_target():
    advice = DEFAULTS.advice(30)

    assert advice == "no sensible settings reach it: 65 s is the least"


def test_advice_has_nothing_to_say_about_a_target_that_is_met():
    assert DEFAULTS.advice(133) == "the settings reach it as they are"
