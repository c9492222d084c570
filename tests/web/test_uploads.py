"""A body without an end: refused, and never held."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.serving import Server

pytestmark = pytest.mark.slow
PIECE = 1024 * 1024


def _most_held(server: Server) -> int:
    """Megabytes."""
    status = Path("/proc", str(server.process.pid), "status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) // 1024


def test_a_gigabyte_in_pieces_is_refused_and_never_held(app: Flask, serve) -> None:
    """Sent without a length, so that nobody can tell beforehand."""
    server: Server = serve(app)
    before, sent, said = _most_held(server), 0, b""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 30) as connection:
        head = "POST /assignments/1/evidence HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        kind = "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall((head + kind).encode())
        piece = b"%x\r\n" % PIECE + b"0" * PIECE + b"\r\n"
        try:
            while sent < 1024:
                connection.sendall(piece)
                sent += 1
            said = connection.recv(100)
        except OSError:  # It hung up: what it said may be lost with the rest.
            pass
    assert sent < 200
    assert said == b"" or b" 413 " in said
    assert _most_held(server) - before < 40
