"""What a person does with NodeBalancers in the Cloud Manager."""

from collections.abc import Iterable
from typing import Any

from local.linode_zones import Account


class NodeBalancers:
    """The part of the emulator that is about them."""

    _account: Account

    def add_nodebalancer(
        self, label: str, region: str, ipv4: str, ipv6: str | None = None, tags: Iterable[str] = ()
    ) -> int:
        """Add a NodeBalancer and return its id."""
        with self._account.lock:
            return self._account.add_nodebalancer(label, region, ipv4, ipv6, tags)

    def set_nodebalancer(self, nodebalancer_id: int, **fields: Any) -> None:
        """Change fields of a NodeBalancer: ipv4=…, label=… Raises KeyError for unknown ones."""
        with self._account.lock:
            self._account.set_nodebalancer(nodebalancer_id, fields)

    def delete_nodebalancer(self, nodebalancer_id: int) -> None:
        """Delete a NodeBalancer and its configurations."""
        with self._account.lock:
            self._account.delete_nodebalancer(nodebalancer_id)

    def add_config(
        self, nodebalancer_id: int, port: int = 80, *, up: int = 0, down: int = 0
    ) -> int:
        """Let a NodeBalancer listen on a port, with so many nodes, and return the config's id."""
        with self._account.lock:
            return self._account.add_config(nodebalancer_id, port, up, down)

    def set_config(self, config_id: int, **fields: Any) -> None:
        """Change fields of a configuration: check="http", nodes_status={"up": 0, "down": 2}."""
        with self._account.lock:
            self._account.set_config(config_id, fields)
