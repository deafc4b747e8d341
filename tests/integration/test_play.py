"""What is typed in `make local`, and what it answers."""

from collections.abc import Iterator

import pytest

from local.play import Play, Unknown
from local.world import LocalWorld


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    with LocalWorld() as world:
        yield world


@pytest.fixture
def play(world: LocalWorld) -> Play:
    return Play(world)


def refused(play: Play, typed: str) -> str:
    with pytest.raises(Unknown) as error:
        play.do(typed)
    return str(error.value)


def test_the_help_fits_a_terminal_of_80_columns(play: Play) -> None:
    lines = play.help().splitlines()
    assert max(map(len, lines)) <= 80
    assert "every_second" in play.help()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("heal us-eat", ["us-eat", "us-east, us-west"]),
        ("fault us-east 500", ["500", "refuse", "unhealthy"]),
        ("fault us-east", ["fault", "2", "help"]),
        ("set 4 198.18.0.2", ["record 4", "36666002"]),
        ("set 36666003 fd00::1", ["fd00::1", "type A"]),
        ("set 36666003 nowhere", ["nowhere", "type A"]),
        ("linode abc", ["abc", "400 to 599", "ok"]),
        ("linode 200", ["200", "400 to 599", "ok"]),
        ("send {foo", ["JSON", "line 1 column 2"]),
        ("send 'foo", ["quotation"]),
        ("bogus", ["bogus", "help"]),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_can(
    play: Play, world: LocalWorld, typed: str, names: list[str]
) -> None:
    before = world.targets()
    said = refused(play, typed)
    assert all(name in said for name in names), said
    assert len(said.splitlines()) == 1
    assert world.targets() == before


@pytest.mark.parametrize("quoted", ["'{}'", "{}"])
def test_an_event_is_sent_with_quotes_and_without_and_answered_for_a_person(
    play: Play, quoted: str
) -> None:
    said = play.do("send " + quoted.format('{"command": "status", "service": "shop"}'))
    assert " shop: " in said.splitlines()[0]
    assert '"services"' not in said
    assert '"services"' in play.do("json")


def test_before_the_first_question_there_is_no_answer_to_show(play: Play) -> None:
    assert play.do("json") == "nothing was asked yet"
