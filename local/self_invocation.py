"""Lambda's API, as far as the monitor uses it: an asynchronous invocation of the monitor itself."""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from local.container import Invoked

NAME = "embedded-monitor"
_INVOCATIONS = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")


class Lambda:
    """Accepts an invocation, and starts the `monitor` without waiting for what comes of it.

    A context manager, around that of the function: `env` tells the function where it is.
    """

    def __init__(self) -> None:
        self.monitor: Invoked | None = None
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = _INVOCATIONS.fullmatch(self.path)
                known = found is not None and found[1] == NAME and owner.monitor is not None
                if known and self.headers["X-Amz-Invocation-Type"] == "Event":
                    owner.begin(event)
                    self.send_response(202)
                else:
                    self.send_response(404)
                    self.send_header("x-amzn-ErrorType", "ResourceNotFoundException")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="lambda"
        )
        self.env = {
            "AWS_LAMBDA_FUNCTION_NAME": NAME,
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{self._server.server_port}",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self, event: Any) -> None:
        """Start the monitor; as with an invocation that nobody waits for, nobody hears how it
        ended."""
        threading.Thread(target=self._run, args=(event,), daemon=True).start()

    def _run(self, event: Any) -> None:
        assert self.monitor
        with contextlib.suppress(OSError):  # the function has ended, too
            self.monitor.invoke(event)
