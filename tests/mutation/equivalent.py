"""Mutations that change nothing that anybody could notice, each with the reason."""

_FALSY = "whoever asks takes None for False"
_AS_LONG = "both are made from the same name servers, one for each"

EQUIVALENT: dict[str, str] = {
    "failover.decision.ability:able: return False -> return None": _FALSY,
    "failover.decision.data:about_data: 0.0 -> 1.0": "data that is stale has an age",
    "failover.decision.evidence:checked: return False -> return None": _FALSY,
    "failover.decision.facts:_servers: return () -> return None": (
        "an event keeps neither a fact without lines nor one that is None"
    ),
    "failover.decision.words.holds:_taken_over: 0.0 -> 1.0": (
        "only a mixture says how long it is left alone, and it always knows"
    ),
    "failover.health.beats:spacing: interval < SHORTEST -> interval <= SHORTEST": (
        "at that very interval both ways lead to it"
    ),
    "failover.preflight.balancers:down: 0 -> 1": "where nothing is known nothing is counted",
    "failover.preflight.records:name_server_silent: True -> False": _AS_LONG,
    "failover.preflight.records:negative_ttl_long: 0 -> 1": (
        "without a name server that answers, a second is as far below the limit as none"
    ),
    "failover.preflight.records:resolver_differs: 0.0 -> 1.0": (
        "without a decision nothing was served: both are moments long ago"
    ),
    "failover.preflight.records:ttl_served_longer: 0 -> 1": "Linode keeps no TTL of one second",
    "failover.preflight.regions:certificate_ends: 0.0 -> 1.0": (
        "what is left is shown in tenths of a day"
    ),
    "failover.publication.state:State.says: found < wanted -> found <= wanted": (
        "the same addresses are said already"
    ),
    "failover.settings.recovery:Recovery.total: 3 -> 4": (
        "settings are whole milliseconds, so the sum has no more digits than the error of adding"
    ),
    "failover.settings.settings_file:read: 1 -> 2": "one byte too many is enough to be too large",
    "failover.settings.shards:part: 0 -> 1": "it only saves the way round by the names",
    "failover.settings.validation:problems: False -> True": "nobody reads the link to pydantic",
    "failover.settings.tables:ServiceTable._are_two_or_more: True -> False": (
        "any value but None says that data is asked for"
    ),
}
