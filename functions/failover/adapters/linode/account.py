"""What Linode says about the user of the token, and about what is behind NodeBalancers."""

import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial

from failover.adapters.linode import answers, answers_account
from failover.adapters.linode.api import Api, Call
from failover.errors import DnsUnavailable, FailoverError, NotInspected
from failover.health.answer import printable
from failover.preflight.facts import AllBackEnds, Grants, Rate


def _seen_with(area: str) -> set[str]:
    """The scopes with which Linode shows what is of an area."""
    return {"*", f"{area}:*", f"{area}:read_only", f"{area}:read_write"}


class LinodeAccount:
    """The Account port. The grants may be asked for with any token, whatever its scopes.

    Safe to use from many threads at once.
    """

    def __init__(self, api: Api, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked: tuple[float, frozenset[str], AllBackEnds | FailoverError] | None = None

    def grants(self, budget: float) -> Grants:
        """What the user may do with each domain."""
        deadline = self._api.deadline(budget)
        restricted, _ = self._api.call(
            Call("GET", "/profile"), deadline, answers_account.is_restricted
        )
        if not restricted:
            return Grants(restricted=False)
        call = Call("GET", "/profile/grants")
        domains, _ = self._api.call(call, deadline, answers_account.domain_grants)
        return Grants(restricted=True, domains=domains)

    def token_ends(self, budget: float) -> float | None:
        """When the token ends (Unix seconds), None where it never does."""
        self._need("account", "note the date")
        pages = self._api.pages("/profile/tokens", self._api.deadline(budget), urgent=False)
        try:
            return answers_account.token_ends(pages, self._api.begins)
        except answers.Unusable as unusable:
            raise NotInspected(f"GET /profile/tokens: {printable(str(unusable))}") from None

    def reserved(self, addresses: Collection[str], budget: float) -> Mapping[str, bool]:
        """Whether each of these IPv4 addresses is a reserved one."""
        self._need("ips", "look in Cloud Manager")
        deadline = self._api.deadline(budget)

        def is_reserved(address: str) -> bool:
            call = Call("GET", f"/networking/ips/{address}")
            return self._api.call(call, deadline, answers_account.is_reserved)[0]

        asked = [partial(is_reserved, address) for address in addresses]
        return dict(zip(addresses, self._api.gather(asked), strict=True))

    def _need(self, area: str, otherwise: str) -> None:
        """Raise NotInspected for a token that may not see what is of an area."""
        if not (self._api.access.now().scopes or frozenset()) & _seen_with(area):
            raise NotInspected(
                f"Linode shows it to a token with the scope {area}:read_only alone, which nothing "
                f"else needs: {otherwise}"
            )

    def rate(self, budget: float) -> Rate:
        """How many listings Linode allows the user of the token, and how many are left. It takes
        one."""
        self._api.pages("/domains", self._api.deadline(budget), {"domain": ""}, urgent=False)
        if (rate := self._api.access.rate()) is None:
            raise NotInspected("Linode has not named its limits")
        return rate

    def back_ends(
        self, labels: Collection[str], budget: float, max_age: float = 0.0
    ) -> AllBackEnds:
        """What is behind the NodeBalancers of these labels that there are, by port."""
        with self._lock:  # who comes while somebody asks gets that answer, or asks alone
            wanted, now = frozenset(labels), self._monotonic()
            if self._asked is None or wanted != self._asked[1] or now >= self._asked[0] + max_age:
                self._asked = now, wanted, self._read(wanted, budget)
            _, _, found = self._asked
        if isinstance(found, FailoverError):
            raise found
        return found

    def _read(self, labels: Collection[str], budget: float) -> AllBackEnds | FailoverError:
        try:
            return self._back_ends(labels, budget)
        except FailoverError as error:
            return error

    def _back_ends(self, labels: Collection[str], budget: float) -> AllBackEnds:
        deadline = self._api.deadline(budget)
        try:
            pages = self._api.pages("/nodebalancers", deadline, urgent=False)
            wanted = {
                n: label for n, label in answers_account.labels(pages).items() if label in labels
            }
            paths = [f"/nodebalancers/{number}/configs" for number in wanted]
            asked = [partial(self._api.pages, path, deadline, urgent=False) for path in paths]
            found = [answers_account.back_ends(configs) for configs in self._api.gather(asked)]
        except answers.Unusable as unusable:
            problem = printable(str(unusable))
        else:
            return dict(zip(wanted.values(), found, strict=True))
        raise DnsUnavailable(f"Linode API, GET /nodebalancers: unusable answer: {problem}")
