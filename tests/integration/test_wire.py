"""A connection under a deadline, on a real socket."""

import socket

import pytest

from failover.adapters.http.wire import Deadline, Wire


def test_a_time_that_is_up_fails_the_first_read_and_not_the_making_of_the_reader():
    """http.client complains of a response that was never given its stream, in everybody's logs."""
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = Wire(Deadline(1.0, lambda: now[0]), 100)
        wire.attach(socket.create_connection(server.getsockname()))
        now[0] = 2.0
        reader = wire.makefile("rb")
        with pytest.raises(TimeoutError):
            reader.read(1)
        reader.close()
        wire.close()
