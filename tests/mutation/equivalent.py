"""Mutations that change nothing that anybody could notice, each with the reason."""

_FALSY = "whoever asks takes None for False"

EQUIVALENT: dict[str, str] = {
    "failover.decision.evidence:checked: return False -> return None": _FALSY,
    "failover.decision.record_conditions:not_added: return False -> return None": _FALSY,
}
