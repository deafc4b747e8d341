"""How a command is written for a person: as a command line, and as an event."""

import json

from failover.notify.commands import Command, Order, Sendable, typed, ways, written

ORDER = Order(Command.PIN, "e1", "shop", "Zoë", "disk 'full'", region="west", until=1_800_000_000.0)


def test_what_a_person_has_to_fill_in_is_no_part_of_the_command_line() -> None:
    event = written(Command.RESUME, "shop")
    assert event == '{"command": "resume", "service": "shop", "by": "<you>", "reason": "<why>"}'
    assert event.command == "linode-failover resume shop"


def test_a_stop_of_everything_is_ended_by_a_flag() -> None:
    assert written(Command.RESUME, "*").command == "linode-failover resume --everything"


def test_a_command_without_a_service_names_none() -> None:
    assert typed({"command": "status"}) == "linode-failover status"


def test_every_key_of_an_event_is_in_its_command_line() -> None:
    event = ORDER.event(force=True)
    assert event.command == (
        "linode-failover pin shop west --force --until 2027-01-15T08:00:00Z"
        " --by 'Zoë' --reason 'disk '\"'\"'full'\"'\"''"
    )


def test_an_order_is_repeated_with_what_it_said() -> None:
    assert json.loads(ORDER.event()) == {
        "command": "pin",
        "service": "shop",
        "region": "west",
        "until": "2027-01-15T08:00:00Z",
        "by": "Zoë",
        "reason": "disk 'full'",
    }


def test_another_order_by_the_same_person_says_what_differs() -> None:
    event = json.loads(ORDER.event(command=Command.RELEASE, region=None, until=None))
    assert (event["command"], event["by"]) == ("release", "Zoë")
    assert event.keys() == {"command", "service", "by", "reason"}


def test_only_a_word_in_angle_brackets_is_left_open() -> None:
    event = {"command": "pause", "service": "shop", "by": "<you", "reason": "you>"}
    assert typed(event) == "linode-failover pause shop --by '<you' --reason 'you>'"


def test_letters_of_every_language_are_written_as_they_are() -> None:
    assert '"by": "Zoë"' in ORDER.event()


def test_a_way_out_is_a_command_with_its_event() -> None:
    event = Sendable.of({"command": "release", "service": "shop"})
    assert ways("override", event, "  ") == [
        "  override: linode-failover release shop",
        '    event: {"command": "release", "service": "shop"}',
    ]


def test_a_way_out_without_a_command_is_a_sentence() -> None:
    said = "deploy the newest settings to every vantage"
    assert ways("override", said, "  ") == [f"  override: {said}"]
