"""What Linode says about the user of the token."""

from failover.adapters.linode import answers
from failover.adapters.linode.api import Api, Call
from failover.preflight.facts import Grants


class LinodeAccount:
    """The Account port. Both questions may be asked with any token, whatever its scopes."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def grants(self, budget: float) -> Grants:
        """What the user may do with each domain."""
        deadline = self._api.deadline(budget)
        restricted, _ = self._api.call(Call("GET", "/profile"), deadline, answers.is_restricted)
        if not restricted:
            return Grants(restricted=False)
        call = Call("GET", "/profile/grants")
        domains, _ = self._api.call(call, deadline, answers.domain_grants)
        return Grants(restricted=True, domains=domains)
