"""The prober: one HTTP request to one address, judged by what the settings ask for."""

from collections.abc import Callable

from failover.adapters.http.client import PRODUCT, Request, exchange, verifying_context
from failover.adapters.http.wire import Deadline, ExchangeFailed
from failover.health.answer import MAX_BODY, Fault, body_fault, head_fault, quoted
from failover.health.probe import Probe, Reason
from failover.settings.model import Health, Service

# Bytes on the wire for one answer: the body, its framing in chunks, and the headers.
_MAX_WIRE = 4 * MAX_BODY

_HEADERS = {
    "User-Agent": PRODUCT,
    "Accept": "application/json, */*",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}


class HttpProber:
    """The Prober port over HTTP and HTTPS. Safe to use from many threads at once.

    Certificates are always verified. `extra_ca` is a file with an authority to trust besides the
    public ones.
    """

    def __init__(self, monotonic: Callable[[], float], extra_ca: str | None = None) -> None:
        self._monotonic = monotonic
        self._context = verifying_context(extra_ca)

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        """One GET of the health path from `address`, under the service's name."""
        started = self._monotonic()
        fault = self._fault(service, aws_region, address, started)
        took = self._monotonic() - started
        return Probe(fault.reason, fault.detail, took) if fault else Probe(None, "", took)

    def reachable(self, url: str, budget: float) -> bool:
        """Whether anything at all answers at a reference: its status does not matter."""
        request = Request.to(url, _HEADERS, _MAX_WIRE)
        deadline = Deadline.after(budget, self._monotonic)
        try:
            with exchange(request, deadline, self._context):
                return True
        except ExchangeFailed:
            return False

    def _fault(
        self, service: Service, aws_region: str | None, address: str, started: float
    ) -> Fault | None:
        health = service.health
        try:
            deadline = Deadline(started + health.timeout, self._monotonic)
            with exchange(_request(service, address), deadline, self._context) as answer:
                return head_fault(health, answer.status, answer.headers) or body_fault(
                    health, aws_region, answer.read(MAX_BODY + 1)
                )
        except ExchangeFailed as failed:
            return failed.fault
        except Exception as error:  # noqa: BLE001 - a round must survive whatever a server can send
            return Fault(Reason.PROTOCOL, f"{type(error).__name__}: {quoted(str(error))}")


def _request(service: Service, address: str) -> Request:
    health: Health = service.health
    return Request(
        scheme=health.scheme,
        host=service.record,
        port=health.port,
        target=health.path,
        address=address,
        headers=_HEADERS,
        max_wire=_MAX_WIRE,
    )
