"""Instances that come up once they are rented, and NodeBalancers that check and reach them."""

import base64
import contextlib
import http.client
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self

from local.linode import LinodeEmulator
from local.network import Network
from local.region import RegionServer

_EVERY = 0.1
_TIMEOUT = 30.0
"""Seconds. An application on a busy machine is slow and still up."""
_AWS_REGION = re.compile(r"AWS_REGION=([a-z0-9-]+)")

Start = Callable[[str], AbstractContextManager[Any]]
"""From the AWS region of an instance to its application: a context manager with a `port`."""


def region_server(aws_region: str) -> RegionServer:
    """The quickest application."""
    return RegionServer("127.0.0.1", 0, aws_region)


class Fleet:
    """A context manager. While it is open, every instance of the account runs an application in
    the AWS region that its user data name; every node is up if the check of its port is content;
    and a NodeBalancer's address leads to one of its nodes that are up.

    `broken` are the labels of instances that do not answer.
    """

    def __init__(
        self, linode: LinodeEmulator, network: Network, start: Start = region_server
    ) -> None:
        self.broken: set[str] = set()
        self._linode = linode
        self._network = network
        self._start = start
        self._servers: dict[int, Any] = {}
        self._open = contextlib.ExitStack()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._open.close()

    def _run(self) -> None:
        while not self._closing.wait(_EVERY):
            self._boot()
            self._check()

    def _boot(self) -> None:
        compute = self._linode.compute
        for number, instance in list(compute.instances.items()):
            said = base64.b64decode(compute.user_data[number]).decode()
            found = _AWS_REGION.search(said)
            if number not in self._servers and found:
                self._servers[number] = self._open.enter_context(self._start(found[1]))
                instance["status"] = "running"

    def _check(self) -> None:
        compute = self._linode.compute
        for config in list(compute.account.configs.values()):
            up: list[int] = []
            for node in [n for n in compute.nodes.values() if n["config_id"] == config["id"]]:
                port = self._port_behind(node["address"], node["label"])
                good = port is not None and _content(config, port)
                with compute.account.lock:
                    if node["id"] in compute.nodes:
                        compute.checked(node["id"], good)
                up += [port] if good and port else []
            balancer = compute.account.nodebalancers.get(config["nodebalancer_id"])
            if balancer and up:
                self._network.lead(balancer["ipv4"], config["port"], up[0])
            elif balancer:
                self._network.cut(balancer["ipv4"])

    def _port_behind(self, address: str, label: str) -> int | None:
        """The port of this machine behind the address of a node."""
        compute = self._linode.compute
        host = address.rpartition(":")[0].strip("[]")
        for number, server in list(self._servers.items()):
            instance = compute.instances.get(number)
            if instance and instance["label"] == label and host in compute.addresses_of(number):
                return None if label in self.broken else int(server.port)
        return None


def _content(config: dict[str, Any], port: int) -> bool:
    """Whether the check of a port is content with what answers there."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    try:
        asked.request("GET", config["check_path"] or "/")
        answer = asked.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
    return answer.status < 400 and config["check_body"] in body
