"""Handing one message, in rehearsal and in a dry run, to a folder."""

import os
from contextlib import suppress
from pathlib import Path

from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData, LeaseLost, Refused

KEPT, DRY_RUN = "written to", "dry run: written to"
"""What a mailbox says it did, with the file after it: the outbox keeps the answer as it came."""


class Mailbox:
    """The relay of a rehearsal and of a dry run: one .eml file a Message-ID, so that a repeat lands
    on itself. `reply`: KEPT or DRY_RUN."""

    def __init__(self, folder: Path, reply: str = KEPT) -> None:
        self.folder, self.reply = folder, reply

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        if not before_data():
            raise LeaseLost
        name = f"{mail.message_id}.eml"
        part = self.folder / f"{name}.{os.getpid()}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(mail.content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.folder / name)
        except OSError as problem:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise Refused(452, str(problem)) from problem
        return f"{self.reply} {name}"

    def close(self) -> None:
        pass
