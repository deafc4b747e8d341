"""The gate between functions and AWS: it lets through what the caller's role allows, and notes it.

A caller is known by its access key. A refusal looks as DynamoDB's and SSM's do. What the emulated
AWS does with a request that was let through is none of the gate's business.
"""

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.artifact.iam import Call, Grant
from tests.support.waiting import LIMIT

ACCOUNT = "123456789012"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_DROPPED = {"connection", "transfer-encoding", "content-length", "server", "date"}


class Gate:
    """A context manager. `url` is the endpoint for functions; `calls` and `refused` are by caller.

    `roles` says what each caller, an access key, may do.
    """

    def __init__(self, aws: str, roles: Mapping[str, Sequence[Grant]]) -> None:
        self._aws = urlsplit(aws)
        self._roles = roles
        self.calls: dict[str, set[Call]] = {caller: set() for caller in roles}
        self.refused: list[tuple[str, Call]] = []
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                gate._open.add(self.connection)

            def finish(self) -> None:
                gate._open.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, headers, answer = gate._answer(
                    self.command, self.path, dict(self.headers), body
                )
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in _DROPPED:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.cut()

    def cut(self) -> int:
        """Close every connection that is open, as time does while a container is frozen."""
        cut = list(self._open)
        for connection in cut:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return len(cut)

    def used(self, caller: str) -> set[Grant]:
        """The grants without which some call would have been refused."""
        return {
            grant
            for grant in self._roles[caller]
            for call in self.calls[caller]
            if grant.covers(call)
        }

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        caller, calls = understood(path, {k.lower(): v for k, v in headers.items()}, body)
        allowed = self._roles.get(caller, ())
        for call in calls:
            if not any(grant.covers(call) for grant in allowed):
                self.refused.append((caller, call))
                text = f"{caller} is not authorized to perform: {call.action} on {call.resource}"
                error = {"__type": "com.amazon.coral.service#AccessDeniedException"}
                refusal = json.dumps({**error, "Message": text}).encode()
                return 400, [("Content-Type", "application/x-amz-json-1.0")], refusal
            self.calls[caller].add(call)
        host, port = str(self._aws.hostname), self._aws.port
        connection = http.client.HTTPConnection(host, port, timeout=LIMIT)
        with contextlib.closing(connection):
            passed = {k: v for k, v in headers.items() if k.lower() not in _DROPPED}
            connection.request(method, path, body, passed)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()


class _Quiet(ThreadingHTTPServer):
    """Callers are killed in the middle of anything; that is nothing to print."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


def understood(path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, list[Call]]:
    """Who asks, and for what. Raises NotImplementedError for a service that is not known here."""
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    assert found, "a request without a signature"
    caller, region, service = found.groups()
    arn = f"arn:aws:{service}:{region}:{ACCOUNT}:"
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    match service:
        case "dynamodb":
            return caller, _on_tables(operation, f"{arn}table/", json.loads(body))
        case "ssm":
            name = json.loads(body)["Name"].lstrip("/")
            return caller, [Call(f"ssm:{operation}", f"{arn}parameter/{name}")]
        case "sns":
            form = parse_qs(body.decode())
            return caller, [Call(f"sns:{form['Action'][0]}", form["TopicArn"][0])]
        case "sqs":
            queue = json.loads(body)["QueueUrl"].rpartition("/")[2]
            action = operation.removesuffix("Batch")  # IAM knows no action of its own for it
            return caller, [Call(f"sqs:{action}", f"{arn}{queue}")]
        case "cloudwatch" | "monitoring":
            # It speaks three protocols, and botocore chooses one.
            form = parse_qs(body.decode(errors="replace")).get("Action", [""])
            operation = operation or form[0] or path.rpartition("/operation/")[2]
            alarms = f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:*"
            return caller, [Call(f"cloudwatch:{operation}", alarms)]
        case "lambda" if path.endswith("/account-settings"):
            return caller, [Call("lambda:GetAccountSettings", "*")]
        case _:
            raise NotImplementedError(f"{service}: say here what its calls name as their resource")


def _on_tables(operation: str, tables: str, body: Any) -> list[Call]:
    """Each part of a transaction is authorised by its own action."""
    if "RequestItems" in body:
        return [
            _on_table(operation, tables, name, [*asked.get("Keys", ())] if asked else [])
            for name, asked in body["RequestItems"].items()
        ]
    if "TransactItems" in body:
        parts = [next(iter(each.items())) for each in body["TransactItems"]]
        return [
            _on_table(
                "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item",
                tables,
                part["TableName"],
                [part.get("Key") or part["Item"]],
            )
            for kind, part in parts
        ]
    values = body.get("ExpressionAttributeValues", {})
    keys = [body[name] for name in ("Key", "Item") if name in body]
    if operation == "Query":
        keys = [{"pk": values[":pk"]}]
    return [_on_table(operation, tables, body["TableName"], keys)]


def _on_table(operation: str, tables: str, name: str, keys: Sequence[Any]) -> Call:
    """`pk` is the partition key of the control table; elsewhere a key has one attribute."""
    leading = [key["pk"] if "pk" in key else next(iter(key.values())) for key in keys]
    texts = tuple(str(next(iter(each.values()))) for each in leading)
    context = {"dynamodb:LeadingKeys": texts} if texts else {}
    return Call(f"dynamodb:{operation}", tables + name, context)
