"""What the endpoints have in common that stand between a client and moto."""

import json
from http.server import BaseHTTPRequestHandler

import urllib3

from local.servers import TcpServer


class Relay(TcpServer):
    """An endpoint of AWS on a free port of this machine. Its handler is a `RelayHandler`."""

    def __init__(self, aws_url: str, handler: type["RelayHandler"]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.aws_url = aws_url
        self.pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=120.0)

    @property
    def url(self) -> str:
        """For AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """Close the endpoint and its own connections."""
        super().stop()
        self.pool.clear()


class RelayHandler(BaseHTTPRequestHandler):
    """Passes everything on. Whoever inherits says in `answer` what is not."""

    protocol_version = "HTTP/1.1"
    server: Relay

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at the clients."""

    def do_GET(self) -> None:
        """Whatever moto answers."""
        self.reply(*self.passed_on(b""))

    def do_POST(self) -> None:
        """An operation of AWS."""
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def answer(self, body: bytes) -> None:
        """Answer an operation."""
        self.reply(*self.passed_on(body))

    def passed_on(self, body: bytes, **changed: str) -> tuple[int, dict[str, str], bytes]:
        """What moto answers: status, headers, body. `changed` are headers to send instead."""
        headers = {name: value for name, value in self.headers.items() if name != "Host"} | changed
        answer = self.server.pool.request(
            self.command, self.server.aws_url + self.path, body=body, headers=headers
        )
        kept = {n: v for n, v in answer.headers.items() if n.lower().startswith(("x-am", "conte"))}
        return answer.status, kept, answer.data

    def refuse(self, status: int, code: str, message: str) -> None:
        """An error as DynamoDB words it."""
        body = json.dumps(
            {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
        )
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        self.reply(status, headers, body.encode())

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
