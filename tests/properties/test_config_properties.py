"""Whatever a file says: it is understood, or refused in sentences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from failover.errors import SettingsRefused
from failover.settings import rules, settings_file
from failover.settings.model import Settings
from failover.settings.recovery import Recovery
from tests.support.settings_file import good, having, toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, 30, 200, 2**70, 10**400]),
    st.floats(),
    TEXTS,
    st.sampled_from(
        ["1s", "10s", "0s", "5m", "act", "10.0.0.1", "::1", "eu-west-1", "a.shop.test"]
    ),
    st.datetimes(),
    st.dates(),
    st.times(),
)
KEYS = TEXTS | st.sampled_from(
    ["revision", "vantages", "service", "name", "region", "health", "json", "ipv6", "timeout"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def places(data: Any, above: tuple = ()) -> list[tuple]:
    """Every place in the data where a value can be put, one unknown key in each table included."""
    found = [above] if above else []
    if isinstance(data, dict):
        for key, value in {**data, "unknown": 0}.items():
            found += places(value, (*above, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            found += places(value, (*above, index))
    return found


def complete() -> dict[str, Any]:
    """A good file that says every key that others depend on."""
    health = {
        "timeout": "4s",
        "confirm_interval": "5s",
        "interval": "10s",
        "status": [200],
        "json": {"a": 1},
        "failure_threshold": 3,
        "recovery_threshold": 6,
    }
    service = {"health": health, "rto_target": "5m", "ttl": 30, "routing": "failover"}
    data = having(good(), "service", 0, good()["service"][0] | service)
    return data | {"publish_allowance": "60s", "references": ["https://a"]}


def judged(read: Callable[[Any], Settings], source: Any) -> Settings | None:
    """What the file means; None when it was refused properly. Anything else is an error here."""
    problems: list[str] = []
    try:
        return read(source)
    except SettingsRefused as refused:
        problems = refused.problems
    assert problems
    assert all(problem.isprintable() and len(problem) < 1500 for problem in problems)
    jargon = ("Input should", "pydantic", "validator", "Traceback", "Error")
    assert not any(word in problem for word in jargon for problem in problems)
    return None


@given(st.lists(st.tuples(st.sampled_from(places(complete())), VALUES), min_size=1, max_size=6))
def test_garbage_in_a_good_file_is_understood_or_refused(changes):
    data = complete()
    for place, value in changes:
        try:
            data = having(data, *place, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    judged(settings_file.parse, toml(data))


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_garbage_alone_is_refused(data):
    assert judged(settings_file.parse, toml(data)) is None


@given(TEXTS)
@example("a = 1\na = 2")
@example("\x00")
@example("revision = 0x" + "f" * 5000)
@example("[[service]]\n[service]")
def test_any_text_is_refused(text):
    assert judged(settings_file.parse, text) is None


@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused(content, tmp_path_factory):
    file = tmp_path_factory.mktemp("settings") / "failover.toml"
    file.write_bytes(content)

    assert judged(settings_file.load, file) is None


RECOVERIES = st.builds(
    Recovery,
    interval=st.floats(5, 60),
    confirm_interval=st.floats(3, 5),
    timeout=st.floats(0.05, 2.9),
    failure_threshold=st.integers(1, 100),
    ttl=st.sampled_from([30, 120, 300, 3600]),
    publish_allowance=st.floats(1, 3600),
    vantages=st.integers(1, 3),
)


@given(RECOVERIES, st.floats(1, 4000))
def test_the_advice_is_a_change_that_reaches_the_target_or_says_that_none_does(recovery, target):
    advice = recovery.advice(target)

    if recovery.total <= target:
        assert advice == "the settings reach it as they are"
    elif advice.startswith("to reach it, set "):
        assert followed(recovery, advice).total <= target
    else:
        assert advice.startswith("no sensible settings reach it: ")


def followed(recovery: Recovery, advice: str) -> Recovery:
    """The sum after a person has done what the advice says."""
    changes = advice.removeprefix("to reach it, set ").partition(";")[0]
    values = settings_file.toml(changes.replace(", ", "\n"))
    numbers = {
        knob: value if isinstance(value, int) else rules.seconds(value)
        for knob, value in values.items()
    }
    return replace(recovery, **numbers)
