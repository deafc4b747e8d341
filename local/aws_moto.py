"""The process behind `local.aws.AwsServer`: moto's server, made safe for many clients at once.

Prints its port when it is ready, and ends when its standard input does.
"""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from local.child import end_with_parent

PUBLISHED = "/embedded-world/published"


def main(listening: Callable[[int], None] = lambda _port: None) -> None:
    """Serve until the parent is gone; `listening` is told the port before anybody else is."""
    end_with_parent()
    _one_request_at_a_time(DynamoHandler)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = _with_published(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler
    )
    listening(server.server_port)
    print(server.server_port, flush=True)
    server.serve_forever()


def _one_request_at_a_time(handler: type[DynamoHandler]) -> None:
    """Put DynamoDB behind one lock: moto checks a condition and writes in two steps, so that
    without it two clients can both win the same conditional write. Threads take turns as often
    as they can, so that a lock that is missing is missed."""
    sys.setswitchinterval(1e-6)
    lock, unlocked = threading.RLock(), handler.call_action

    def call_action(self: DynamoHandler, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return unlocked(self, *args, **kwargs)

    handler.call_action = call_action


def _with_published(application: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    """Add one page that shows what was sent to a topic; moto keeps it but has no page for it."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PUBLISHED:
            return application(environ, start_response)
        topic = parse_qs(environ["QUERY_STRING"])["topic"][0]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(_published(topic)).encode()]

    return wrapped


def _published(topic_arn: str) -> list[dict[str, Any]]:
    from moto.sns.models import sns_backends  # noqa: PLC0415 - slow, and rarely needed

    _, _, _, region, account, _ = topic_arn.split(":")
    sent = sns_backends[account][region].topics[topic_arn].sent_notifications
    return [
        {"id": id_, "message": message, "subject": subject, "attributes": attributes or {}}
        for id_, message, subject, attributes, _ in list(sent)
    ]


if __name__ == "__main__":
    main()
