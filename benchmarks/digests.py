"""Digests through planner, outbox and SMTP against bare mails on one kept connection."""

import smtplib
import socket
import time
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller

from benchmarks.campus import ZONE, build
from benchmarks.clockwork import line
from tracker.domain.cutoffs import to_instant
from tracker.jobs import ticks
from tracker.mail.transport import Smtp


class _Swallow:
    async def handle_DATA(self, server, session, envelope):
        return "250 taken"


def run(folder: Path, colleges: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()[:2]
    relay = Controller(_Swallow(), hostname=host, port=port)
    relay.start()
    try:
        app = build(folder, colleges)
        now = to_instant(datetime(2020, 2, 22, 18), ZONE)
        with app.app_context():
            settings = app.config["TRACKER"]
            begin = time.perf_counter()
            ticks.remind(settings, now)
            planned = time.perf_counter() - begin
            transport = Smtp(f"smtp://{host}:{port}")
            begin = time.perf_counter()
            sent = ticks.deliver(settings, "benchmark", transport, now)
            ours = sent / (time.perf_counter() - begin)
            transport.close()
        floor = _bare(host, port, sent)
    finally:
        relay.stop()
    line(
        "digests sent : EmailMessage on one connection",
        ours / floor,
        "(later: 0.85)",
        f"{ours:.0f}/s of {floor:.0f}/s; {sent} planned in {planned:.2f} s",
    )


def _bare(host: str, port: int, count: int) -> float:
    """Build and send `count` mails of about a digest's size on one connection."""
    text = "3. 课程建群\n   落实 | 确保全部建立，并检查\n" * 16
    begin = time.perf_counter()
    with smtplib.SMTP(host, port) as server:
        for number in range(count):
            mail = EmailMessage()
            mail["From"], mail["To"] = "a@campus.example", f"u{number}@campus.example"
            mail["Subject"] = "【第3次提醒】22日24:00前还有16项"
            mail.set_content(text, cte="base64")
            mail.add_alternative(f"<p>{text}</p>" * 3, subtype="html", cte="base64")
            server.send_message(mail)
    return count / (time.perf_counter() - begin)
