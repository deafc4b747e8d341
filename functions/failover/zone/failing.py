"""Something that is tried again and again without success."""

from dataclasses import dataclass, replace

from failover.quoting import one_line

LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Failing:
    """Since when it fails (Unix seconds), the last error, and how often it has failed."""

    since: float
    error: str
    failed: int = 1


def failed(before: Failing | None, at: float, error: str) -> Failing:
    """The same after one more failure, with its error short and on one line."""
    short = one_line(error)[:LONGEST_ERROR]
    if before is None:
        return Failing(at, short)
    return replace(before, error=short, failed=before.failed + 1)
