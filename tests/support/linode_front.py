"""The emulated Linode API, and in front of it the calls that make a region, which it lacks."""

import http.client
import itertools
import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import requests

from local.linode import LinodeEmulator
from local.servers import TcpServer
from tests.support.waiting import LIMIT

PRIVATE = "192.168.130.{}"


class LinodeFront(TcpServer):
    """A server on a free port of 127.0.0.1. What is not made here the emulator answers.

    `made` are the bodies of the calls that were answered here, each with its path.
    """

    def __init__(self, linode: LinodeEmulator) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.linode = linode
        self.upstream = urlsplit(linode.url)
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.ids = itertools.count(7001)
        self.instances: list[dict[str, Any]] = []

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to a path that matches."""
        return [body for at, body in self.made if re.fullmatch(path, at)]

    def listed(self, path: str) -> list[dict[str, Any]]:
        """What the emulator lists."""
        headers = {"Authorization": f"Bearer {self.linode.token}"}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.linode.url + path, headers=headers, timeout=LIMIT)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def make(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Make what a POST asks for, and answer with it; None where the emulator knows how to."""
        self.made.append((path, body))
        if path == "/domains":
            return {"id": self.linode.add_domain(body["domain"], body["ttl_sec"]), **body}
        if path == "/nodebalancers":
            made = self.linode.add_nodebalancer(body["label"], body["region"], "192.0.2.1")
            return {"id": made, **body}
        if found := re.fullmatch(r"/nodebalancers/(\d+)/configs", path):
            config = self.linode.add_config(int(found[1]), body["port"])
            shown = {"ssl_cert": "<REDACTED>", "ssl_key": "<REDACTED>"}
            self.linode.set_config(config, **(body | shown))
            return {"id": config, **body, **shown}
        if re.fullmatch(r"/nodebalancers/\d+/configs/\d+/nodes|/networking/firewalls", path):
            return {"id": next(self.ids), **body}
        if path == "/linode/instances":
            address = PRIVATE.format(11 + len(self.instances))
            instance = {"id": next(self.ids), **body, "ipv4": ["192.0.2.77", address]}
            self.instances.append(instance)
            return instance
        self.made.pop()
        return None


class _Handler(BaseHTTPRequestHandler):
    server: LinodeFront

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/v4")
        if path != "/linode/instances":
            self._pass_on()
            return
        wanted = json.loads(self.headers.get("X-Filter") or "{}").items()
        found = [i for i in self.server.instances if wanted <= _flat(i).items()]
        page = {"data": found, "page": 1, "pages": 1, "results": len(found)}
        self._send(200, json.dumps(page).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        made = self.server.make(urlsplit(self.path).path.removeprefix("/v4"), json.loads(body))
        if made is None:
            self._pass_on(body)
        else:
            self._send(200, json.dumps(made).encode())

    def do_PUT(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _pass_on(self, body: bytes = b"") -> None:
        upstream = http.client.HTTPConnection(self.server.upstream.netloc, timeout=LIMIT)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            reply = upstream.getresponse()
            self._send(reply.status, reply.read())
        finally:
            upstream.close()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Nothing to the terminal."""


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """What can be filtered by: plain values."""
    return {k: v for k, v in fields.items() if isinstance(v, str | int | bool)}
