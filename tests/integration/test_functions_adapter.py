"""Starting another shard: what Lambda is asked for, and what its refusals are."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from failover.adapters.aws import beats
from failover.adapters.aws.control_table import client_config
from failover.adapters.aws.functions import LambdaFunctions
from failover.errors import ShardNotStarted
from failover.health.beats import Start
from tests.raw_server import Peer, RawServer


class Api:
    """Lambda's API on loopback, as far as an asynchronous invocation goes."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, bytes]] = []
        self.answers: list[tuple[int, str]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.asked.append((self.path, self.headers["X-Amz-Invocation-Type"], body))
                status, error = api.answers.pop(0) if api.answers else (202, "")
                self.send_response(status)
                if error:
                    self.send_header("x-amzn-ErrorType", error)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def functions(url: str) -> LambdaFunctions:
    client = boto3.Session().client(
        "lambda",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="embedded",
        aws_secret_access_key="world",
        config=client_config(),
    )
    return LambdaFunctions(client, "stack-monitor")


def test_the_same_function_is_started_for_that_shard_and_nobody_waits(api: Api) -> None:
    functions(api.url).start(3)
    [(path, kind, body)] = api.asked
    assert path == "/2015-03-31/functions/stack-monitor/invocations"
    assert kind == "Event"
    assert beats.read(json.loads(body)) == Start(shard=3)


def test_one_refusal_for_want_of_concurrency_is_made_good_by_the_second_try(api: Api) -> None:
    api.answers = [(429, "TooManyRequestsException")]
    functions(api.url).start(1)
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [
        (429, "TooManyRequestsException", r"docs/deploy\.md"),
        (403, "AccessDeniedException", r"docs/permissions\.md"),
        (500, "ServiceException", "shard 1 cannot be started"),
    ],
)
def test_a_refusal_says_what_to_do(api: Api, status: int, error: str, advice: str) -> None:
    api.answers = [(status, error)] * 2
    with pytest.raises(ShardNotStarted, match=advice):
        functions(api.url).start(1)


def test_an_api_that_does_not_answer_is_given_up() -> None:
    with RawServer(Peer.hang) as silent, pytest.raises(ShardNotStarted, match=r"(?i)timed? ?out"):
        functions(f"http://127.0.0.1:{silent.port}").start(1)
