"""What is not as it should be with the addresses of NodeBalancers, in words."""

from collections.abc import Iterable, Mapping

from failover.decision.balancers import Anomaly, Oddity

_SENTENCES: Mapping[Oddity, str] = {
    Oddity.UNKNOWN: ("{regions} is left out: the NodeBalancer {label} has not been looked up yet"),
    Oddity.HIDDEN: (
        "{regions} is left out: the account has no NodeBalancer {label} with a public address, or "
        "hides it"
    ),
    Oddity.SHARED: "{regions} is left out: another region has {addresses}, too",
    Oddity.GONE: (
        "the account has no NodeBalancer {label} any more: {regions} goes on with {addresses}"
    ),
    Oddity.CHANGED: (
        "the NodeBalancer {label} has {found} now: {regions} goes on with {addresses}"
    ),
    Oddity.NO_IPV6: "{regions} has no IPv6 address: AAAA records are left alone for all regions",
}


def said(anomaly: Anomaly) -> str:
    """One anomaly, as a sentence without its full stop."""
    return _SENTENCES[anomaly.what].format(
        regions=", ".join(anomaly.regions),
        label=anomaly.label,
        addresses=" and ".join(anomaly.addresses),
        found=" and ".join(anomaly.found),
    )


def all_said(anomalies: Iterable[Anomaly]) -> str:
    """All of them, in one line."""
    return "; ".join(map(said, anomalies))
