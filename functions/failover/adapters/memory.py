"""How much of its memory this process has used."""

import resource


def used(limit: int) -> float:
    """The part of so many MB that it has used at most. Lambda counts a little more: what runs
    beside the process."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # as Linux counts
    return round(kilobytes / 1024 / limit, 2)
