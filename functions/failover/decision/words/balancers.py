"""What is not as it should be with the addresses of NodeBalancers, in words."""

from collections.abc import Callable, Iterable, Mapping

from failover.decision.balancers import Anomaly, Oddity


def said(anomaly: Anomaly) -> str:
    """One anomaly, as a sentence without its full stop."""
    return _SENTENCES[anomaly.what](", ".join(anomaly.regions), anomaly)


def all_said(anomalies: Iterable[Anomaly]) -> str:
    """All of them, in one line."""
    return "; ".join(map(said, anomalies))


def _unknown(region: str, anomaly: Anomaly) -> str:
    why = f"the NodeBalancer {anomaly.label} has not been looked up yet"
    return f"{region} is left out: {why}"


def _hidden(region: str, anomaly: Anomaly) -> str:
    why = f"the account has no NodeBalancer {anomaly.label} with a public address, or hides it"
    return f"{region} is left out: {why}"


def _shared(region: str, anomaly: Anomaly) -> str:
    return f"{region} is left out: another region has {_shown(anomaly.addresses)}, too"


def _gone(region: str, anomaly: Anomaly) -> str:
    goes_on = f"{region} goes on with {_shown(anomaly.addresses)}"
    return f"the account has no NodeBalancer {anomaly.label} any more: {goes_on}"


def _changed(region: str, anomaly: Anomaly) -> str:
    goes_on = f"{region} goes on with {_shown(anomaly.addresses)}"
    return f"the NodeBalancer {anomaly.label} has {_shown(anomaly.found)} now: {goes_on}"


def _no_ipv6(regions: str, _anomaly: Anomaly) -> str:
    return f"{regions} has no IPv6 address: AAAA records are left alone for all regions"


_SENTENCES: Mapping[Oddity, Callable[[str, Anomaly], str]] = {
    Oddity.UNKNOWN: _unknown,
    Oddity.HIDDEN: _hidden,
    Oddity.SHARED: _shared,
    Oddity.GONE: _gone,
    Oddity.CHANGED: _changed,
    Oddity.NO_IPV6: _no_ipv6,
}


def _shown(addresses: Iterable[str]) -> str:
    return " and ".join(addresses)
