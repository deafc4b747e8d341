"""Something that is tried again and again without success."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Failing:
    """Since when it fails (Unix seconds), the last error, and how often it has failed."""

    since: float
    error: str
    failed: int = 1


def failed(before: Failing | None, at: float, error: str) -> Failing:
    """The same after one more failure."""
    if before is None:
        return Failing(at, error)
    return replace(before, error=error, failed=before.failed + 1)
