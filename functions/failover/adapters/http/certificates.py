"""The certificates that the regions present: verified as by a probe, and when they end."""

import ssl
from collections.abc import Callable

from failover.adapters.http.client import verifying_context
from failover.adapters.http.wire import Deadline, ExchangeFailed, connected, words
from failover.errors import NotInspected
from failover.settings.model import Service


class TlsCertificates:
    """The Certificates port. `extra_ca` is a file with an authority to trust besides the public
    ones."""

    def __init__(self, monotonic: Callable[[], float], extra_ca: str | None = None) -> None:
        self._monotonic = monotonic
        self._context = verifying_context(extra_ca)

    def ends(self, service: Service, address: str) -> float | None:
        """When the certificate at an address ends (Unix seconds), None without TLS.

        Raises NotInspected where none is presented that is valid for the name.
        """
        health = service.health
        if health.scheme != "https":
            return None
        deadline = Deadline.after(health.timeout, self._monotonic)
        try:
            with connected(address, health.port, deadline) as plain:
                plain.settimeout(deadline.left())
                with self._context.wrap_socket(plain, server_hostname=service.record) as secure:
                    shown = secure.getpeercert() or {}
        except ExchangeFailed as failed:
            raise NotInspected(f"its certificate could not be read: {failed}") from failed
        except (OSError, ValueError) as error:
            raise NotInspected(f"its certificate could not be read: {words(error)}") from error
        return float(ssl.cert_time_to_seconds(str(shown["notAfter"])))
