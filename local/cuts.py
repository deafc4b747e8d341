"""The network of one process of the embedded world: addresses that it does not reach.

A broken path between one vantage and one region is seen by that vantage alone. The regions cannot
play it, since all processes of one machine look the same to them.
"""

import socket
from pathlib import Path
from typing import Any

VARIABLE = "EMBEDDED_CUTS"
"""Names a file with one address on each line; it may change while the process runs."""


def install(file: str) -> None:
    """From now on no socket of this process connects to an address in the file."""
    cuts, connect = Path(file), socket.socket.connect

    def cut_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] in cuts.read_text().split():
            raise ConnectionRefusedError("no way to this address from here")
        connect(self, address)

    socket.socket.connect = cut_connect  # type: ignore[method-assign]
