"""Servers that run in a thread and end at once when told to, whatever their clients do."""

import contextlib
import socket
import socketserver
import sys
import threading
from typing import Any


class Background(socketserver.BaseServer):
    """Mixed into a `socketserver` server: start it in a thread of its own, and stop it."""

    _thread: threading.Thread

    def start(self) -> None:
        """Begin to serve."""
        name = type(self).__qualname__
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=name)
        self._thread.start()

    def stop(self) -> None:
        """Close the socket; return when no thread of the server is left."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class TcpServer(Background, socketserver.ThreadingTCPServer):
    """One thread for each connection; stopping cuts the connections that are open."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection for as long as it is open."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has been served."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Cut what is open, so that every thread sees its end, and wait for the threads."""
        self.cut()
        super().server_close()

    def cut(self) -> None:
        """End every connection that is open; new ones are served."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
