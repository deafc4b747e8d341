"""The prober: one HTTP request to one address, judged by what the settings ask for."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from failover.adapters.http.client import Request, exchange, verifying_context
from failover.adapters.http.probe_headers import OWN, ProbeHeaders, Source
from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.errors import TokenUnavailable
from failover.health.answer import MAX_BODY, Fault, body_fault, head_fault, printable, quoted
from failover.health.probe import Probe, Reason
from failover.settings.model import Health, Service

# Bytes on the wire for one answer: the body, its framing in chunks, and the headers.
_MAX_WIRE = 4 * MAX_BODY

# Characters of what is said about a secret that could not be read.
_MAX_UNREAD = 600

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_NO_SECRETS: Mapping[str, Source] = MappingProxyType({})


class HttpProber:
    """The Prober port over HTTP and HTTPS. Safe to use from many threads at once.

    Certificates are always verified. `extra_ca` is a file with an authority to trust besides the
    public ones. `secrets` are the values of secret headers, by the names of their parameters.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        extra_ca: str | None = None,
        secrets: Mapping[str, Source] = _NO_SECRETS,
    ) -> None:
        self._monotonic = monotonic
        self._context = verifying_context(extra_ca)
        self._secrets = secrets

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        """One GET of the health path from `address`, under the service's name."""
        try:
            headers = ProbeHeaders.of(service.health, self._secrets)
        except TokenUnavailable as unread:
            return Probe(Reason.UNSENT, printable(str(unread), _MAX_UNREAD), 0.0)
        started = self._monotonic()
        fault = self._fault(service, aws_region, address, headers, started)
        took = self._monotonic() - started
        if fault is None:
            return Probe(None, "", took)
        return Probe(fault.reason, headers.hide(fault.detail), took)

    def reachable(self, url: str, budget: float) -> bool:
        """Whether anything at all answers at a reference: its status does not matter."""
        request = Request.to(url, OWN, _MAX_WIRE)
        deadline = Deadline.after(budget, self._monotonic)
        try:
            with exchange(request, deadline, self._context):
                return True
        except ExchangeFailed:
            return False

    def _fault(
        self,
        service: Service,
        aws_region: str | None,
        address: str,
        headers: ProbeHeaders,
        started: float,
    ) -> Fault | None:
        health = service.health
        try:
            deadline = Deadline(started + health.timeout, self._monotonic)
            request = _request(service, address, headers)
            with exchange(request, deadline, self._context) as answer:
                fault = head_fault(health, answer.status, answer.headers)
                if fault is None:
                    return body_fault(health, aws_region, answer.read(MAX_BODY + 1))
            if answer.status in _REFUSED:
                headers.refused(self._secrets)
        except ExchangeFailed as failed:
            return failed.fault
        except Exception as error:  # noqa: BLE001 - a round must survive whatever a server can send
            return Fault(Reason.PROTOCOL, f"{type(error).__name__}: {quoted(str(error))}")
        return fault


def _request(service: Service, address: str, headers: ProbeHeaders) -> Request:
    health: Health = service.health
    return Request(
        scheme=health.scheme,
        host=service.record,
        port=health.port,
        target=health.path,
        address=address,
        headers=headers.all,
        max_wire=_MAX_WIRE,
        called=health.host,
    )
