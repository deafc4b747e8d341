"""The NodeBalancers of the Linode account, through the Linode API v4: read, never changed."""

from failover.adapters.linode import answers
from failover.adapters.linode.api import Api
from failover.decision.balancers import Balancer
from failover.errors import DnsRefused, DnsUnavailable
from failover.health.answer import printable

_PATH = "/nodebalancers"
_NOT_ALLOWED = (401, 403)


class LinodeBalancers:
    """The Balancers port."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, budget: float) -> tuple[Balancer, ...]:
        """Every NodeBalancer that has a public address."""
        try:
            pages = self._api.pages(_PATH, self._api.deadline(budget))
        except DnsRefused as refused:
            if refused.status not in _NOT_ALLOWED:
                raise
            hint = "does the token have the scope nodebalancers:read_only?"
            raise DnsRefused(refused.status, f"{refused}; {hint}") from None
        try:
            return answers.balancers(pages)
        except answers.Unusable as unusable:
            problem = printable(str(unusable))
        raise DnsUnavailable(f"Linode API, GET {_PATH}: unusable answer: {problem}")
