"""What one AWS region says of a global table."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GlobalTable:
    """What one AWS region says of the table: the status of each replica, by its AWS region.

    `consistency` is `eventual` or `strong`; `witnesses` are AWS regions without a replica.
    `protected` says that the replica of the region that was asked cannot be deleted by accident,
    `recoverable` that it has point-in-time recovery, None where that may not be asked for.
    """

    consistency: str
    replicas: Mapping[str, str]
    witnesses: tuple[str, ...] = ()
    protected: bool = False
    recoverable: bool | None = None
