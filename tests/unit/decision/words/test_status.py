"""What a status says of trouble that is no incident yet."""

from dataclasses import replace

from failover.decision.decide import decide
from failover.decision.headline import Trouble, reasons
from failover.decision.view import View
from failover.decision.words.status import lines
from failover.zone.access import Access
from tests.support.builders import EAST, WEST, reads, scene


def said(view: View, trouble: Trouble) -> str:
    """The line about one thing that makes the service less than OK."""
    [line] = [
        each
        for each in lines(view, decide(view), reasons(view), {})
        if each.endswith(f"[{trouble}]")
    ]
    return line


def test_records_that_were_not_decided_here_are_named() -> None:
    view = scene("HHH", reading=reads(WEST))
    assert f"A {WEST.ipv4}, which was not decided here" in said(view, Trouble.RECORDS_DIFFER)


def test_a_token_that_does_not_suffice_is_told_with_what_it_lacks() -> None:
    view = scene("HHH", reading=reads(EAST))
    access = Access(scopes=frozenset({"domains:read_only"}))
    view = replace(view, ballots=tuple(replace(b, access=access) for b in view.ballots))
    line = said(view, Trouble.TOKEN)
    assert "the Linode token does not suffice" in line
    assert "domains:read_write" in line
