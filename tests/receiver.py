"""A real HTTP server on loopback that is told what happens: it keeps what it heard and answers as a
test says."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """`status` 0 closes without an answer; `drip`: seconds between the bytes of an answer that has
    no end, in its headers or after `drip_after`."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0
    drip_after: bytes = b"HTTP/1.1 200 OK\r\nX-Slow: "
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append(Heard(self.path, dict(self.headers), body))
            if receiver.drip:
                self._drip()
            elif receiver.status:
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"noted")

        def _drip(self) -> None:
            try:
                self.wfile.write(receiver.drip_after)
                for _ in range(200):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(receiver.drip)
            except OSError:
                pass

        do_GET = do_POST

        def log_message(self, *_args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?from=tracker"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
