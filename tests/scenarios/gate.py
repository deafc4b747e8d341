"""The way to SNS, which a test can block: before a message arrives, or before its answer does."""

import http.client
import threading
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.waiting import LIMIT


class Block(StrEnum):
    """Where the way is blocked: what comes hangs there until the gate is opened, and is dropped."""

    BEFORE_ARRIVAL = "before arrival"
    BEFORE_ANSWER = "before answer"


class SnsGate:
    """A context manager in front of the server at `url`. `caught` counts what hung in a block."""

    def __init__(self, url: str) -> None:
        self.block: Block | None = None
        self.caught = 0
        self._opened = threading.Event()
        gate, (host, port) = self, url.removeprefix("http://").split(":")

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if gate.block is Block.BEFORE_ARRIVAL:
                    return gate._hang()
                server = http.client.HTTPConnection(host, int(port), timeout=LIMIT)
                server.request("POST", self.path, body, dict(self.headers))
                reply = server.getresponse()
                content = reply.read()
                server.close()
                if gate.block is Block.BEFORE_ANSWER:
                    return gate._hang()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.headers["Content-Type"])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return None

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _hang(self) -> None:
        self.caught += 1
        self._opened.wait(LIMIT)

    def open(self) -> None:
        """The way is free again."""
        self.block = None
        self._opened.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
