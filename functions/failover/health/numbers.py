"""The number of a tick: of the ticks of one vantage, the one with the highest number runs.

It is the Unix second in which the tick took over, or one more than the number before, if that is
higher. So it rises even when the control table forgets it, because it was recreated, restored or
edited: nothing that an earlier tick has left there outranks those that come after it.
"""

FAR_AHEAD = 900
"""No tick is so much newer than one that still runs: that is the longest that Lambda runs a
function. A number that lies further ahead was never a tick's, or its clock was wrong."""


def following(before: int, at: int) -> int:
    """The number of a tick that takes over at a time; `before` is what the table has, or 0."""
    return before + 1 if at <= before <= at + FAR_AHEAD else at


def outranks(written: int, mine: int) -> bool:
    """Whether a number that is found in the table is that of a newer tick than mine."""
    return mine < written <= mine + FAR_AHEAD
