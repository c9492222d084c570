"""A sender's journal: several mails are marked at once, and a crash leaves only the one in doubt
that was on its way.

On 21 February 09:00 the fifteen contacts of the seeded campus are reminded of row 1.
"""

import errno
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from tests.jobs.conftest import Campus, Machine
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import report
from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.domain import journal as lines
from tracker.domain.vocabulary import OutboxState
from tracker.jobs import journal, sender, sending, ticks
from tracker.jobs.journal import JournalFile
from tracker.mail.message import Mail
from tracker.mail.transport import BeforeData, LeaseLost, Refused, Unavailable
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.services import handovers

WORDS = {"to_address": "x@y.example", "subject": "s", "lines": "l"}
ANSWERED, BEGUN, UNTOUCHED = 0, 1, 2


@pytest.fixture(autouse=True)
def every_relay_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is that runs the tests."""
    monkeypatch.setattr(sender, "QUICK", 60)


class Quick:
    """A relay that takes everything at once; `each` is done before the recipient is agreed to."""

    def __init__(self, each: Callable[[int, Mail], None] = lambda number, mail: None) -> None:
        self.each, self.tried, self.taken = each, 0, list[str]()

    def send(self, mail: Mail, before_data: BeforeData) -> str:
        self.tried += 1
        self.each(self.tried, mail)
        if not before_data():
            raise LeaseLost
        self.taken.append(mail.message_id)
        return "250 taken"

    def close(self) -> None:
        pass


def messages() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def states() -> list[str]:
    return [message.state.value for message in messages()]


def doubts() -> list[int]:
    outcome = DeliveryAttempt.outcome == OutboxState.UNCERTAIN
    return list(db.session.scalars(select(DeliveryAttempt.message_id).where(outcome)))


def journals(settings: Settings) -> list[Path]:
    return sorted(settings.journals.glob("*"))


def die_halfway(settings: Settings, *, journaled: bool = True) -> JournalFile:
    """A sender has three messages marked: one is answered, one begun, one untouched. It lives until
    its journal is closed; gives that. Every other message is made final, so as not to matter."""
    real_now = clock.real_now()
    record = JournalFile(settings.journals, "dead sender")
    with transaction():
        ids = handovers.claim("dead sender", real_now, 3)
        if journaled:
            record.mark(real_now, ids)
        assert all(handovers.hand_over(each, "dead sender", real_now, **WORDS) for each in ids)
        others = db.session.query(OutboxMessage).where(OutboxMessage.id.not_in(ids))
        others.update({"state": OutboxState.DISCARDED})
    if journaled:
        record.begin(ids[ANSWERED])
        record.answer(ids[ANSWERED], real_now, "250 queued as 7")
        record.begin(ids[BEGUN])
    return record


def test_a_crash_leaves_only_the_mail_in_doubt_that_was_on_its_way(
    both_app: Flask, at: StandingClock
) -> None:
    """At once, for a sender that has let go of its journal is dead, whatever its lease says."""
    settings = both_app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with die_halfway(settings):
        pass
    with sending.recovering(settings):
        pass
    answered, begun, untouched = messages()[:3]
    assert (answered.state, begun.state) == (OutboxState.SENT, OutboxState.RETRY)
    assert (untouched.state, untouched.attempts) == (OutboxState.RETRY, 0)
    assert untouched.next_try_at <= clock.real_now()
    assert doubts() == [begun.id]
    replies = select(DeliveryAttempt.reply).where(DeliveryAttempt.message_id == answered.id)
    assert db.session.scalars(replies).all() == ["250 queued as 7"]
    assert journals(settings) == []
    relay = Quick()
    ticks.deliver(settings, "sender", relay)
    assert len(relay.taken) == 2
    assert [message.attempts for message in messages()[:3]] == [1, 2, 1]
    assert len(doubts()) == 1


def test_with_the_policy_hold_only_what_was_on_its_way_waits_for_a_person(
    make_app: Callable[..., Flask], sqlite_url: str, at: StandingClock
) -> None:
    settings = make_app(sqlite_url, UNCERTAIN="hold").config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with die_halfway(settings):
        pass
    relay = Quick()
    ticks.deliver(settings, "sender", relay)
    assert states()[:3] == ["SENT", "UNCERTAIN", "SENT"]
    assert len(relay.taken) == 1


def _of_another_boot(_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power was cut."""
    boot_id = _path.parent / "boot_id"
    boot_id.write_text("another\n", encoding="ascii")
    monkeypatch.setattr(journal, "BOOT_ID", boot_id)


def _of_another_host(_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "another")


def _missing(path: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    path.unlink()


def _torn(path: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("spoil", [_of_another_boot, _of_another_host, _missing, _torn])
def test_where_the_journal_is_not_to_be_believed_all_are_in_doubt_when_their_lease_is_over(
    app: Flask,
    at: StandingClock,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with die_halfway(settings):
        (path,) = journals(settings)
    spoil(path, monkeypatch)
    ticks.deliver(settings, "sender", Quick())
    assert states()[:3] == ["HANDING_OVER"] * 3
    machine.wait(minutes=4)
    ticks.deliver(settings, "sender", Quick())
    assert states()[:3] == ["SENT"] * 3
    assert len(doubts()) == 3


def test_another_machine_s_journal_is_left_to_it_for_a_day(
    app: Flask, at: StandingClock, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with die_halfway(settings):
        (path,) = journals(settings)
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    machine.wait(hours=23)
    ticks.deliver(settings, "sender", Quick())
    assert path.exists()
    machine.wait(hours=2)
    ticks.deliver(settings, "sender", Quick())
    assert not path.exists()


def test_what_a_dead_sender_marked_without_writing_it_down_is_in_doubt_when_its_lease_is_over(
    app: Flask, at: StandingClock, machine: Machine
) -> None:
    """Its journal speaks of another mark of the same messages."""
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with JournalFile(settings.journals, "dead sender") as record:
        record.mark(clock.real_now(), [message.id for message in messages()])
        machine.wait(seconds=1)
        die_halfway(settings, journaled=False)
    ticks.deliver(settings, "sender", Quick())
    assert states()[:3] == ["HANDING_OVER"] * 3
    assert len(journals(settings)) == 1
    machine.wait(minutes=4)
    ticks.deliver(settings, "sender", Quick())
    assert len(doubts()) == 3
    assert journals(settings) == []


@pytest.mark.parametrize("asleep", ["before the recipient is agreed to", "before it is begun"])
def test_a_sender_that_was_only_asleep_repeats_nothing_but_what_is_in_doubt(
    app: Flask, at: StandingClock, machine: Machine, monkeypatch: pytest.MonkeyPatch, asleep: str
) -> None:
    """It is stopped for four minutes at the third mail. Whoever finds what it has marked cannot
    know that it has not begun it, and takes it up; what it sees then it hands over to nobody."""
    settings, other, begin = app.config["TRACKER"], Quick(), JournalFile.begin
    mails.plan(at, "2020-02-21T09:00")

    def sleep(number: int, _mail: Mail) -> None:
        if number == 3 and asleep == "before the recipient is agreed to":
            machine.wait(minutes=4)
            ticks.deliver(settings, "another", other)

    def begin_late(self: JournalFile, message_id: int) -> bool:
        if message_id == messages()[2].id and self._owner == "sleeper":
            machine.wait(minutes=4)
            ticks.deliver(settings, "another", other)
        return begin(self, message_id)

    if asleep == "before it is begun":
        monkeypatch.setattr(JournalFile, "begin", begin_late)
    sleeper = Quick(sleep)
    ticks.deliver(settings, "sleeper", sleeper)
    assert set(states()) == {"SENT"}
    taken = [*sleeper.taken, *other.taken]
    repeats = {each for each in taken if taken.count(each) > 1}
    assert repeats <= {each.message_id for each in messages() if each.id in doubts()}
    assert set(sleeper.taken[3:]) & set(other.taken) == set()
    assert len(repeats) == (2 if asleep == "before it is begun" else 1)


def test_a_quick_relay_is_given_many_mails_a_mark_and_the_journal_goes_with_the_last(
    both_app: Flask, at: StandingClock
) -> None:
    settings, marked, kept = both_app.config["TRACKER"], list[int](), set[int]()

    def count(_number: int, _mail: Mail) -> None:
        marked.append(states().count("HANDING_OVER"))
        kept.add(len(journals(settings)))

    mails.plan(at, "2020-02-21T09:00")
    ticks.deliver(settings, "sender", Quick(count))
    assert set(states()) == {"SENT"}
    assert max(marked) == 10
    assert all(message.attempts == 1 for message in messages())
    assert doubts() == []
    assert kept == {0, 1}
    assert journals(settings) == []


def test_a_plan_that_changes_halfway_is_in_every_mail_that_follows(
    app: Flask, at: StandingClock
) -> None:
    """Between the mark and DATA: what was marked is given back, made anew, and counted once."""
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")

    def settle(number: int, _mail: Mail) -> None:
        if number == 3:
            report("cs", 1, "cs")

    relay = Quick(settle)
    ticks.deliver(settings, "sender", relay)
    cs = mails.message_to("cs")
    assert (cs.state, cs.message_id in relay.taken) == (OutboxState.SKIPPED, False)
    assert relay.tried == len(relay.taken) + 1
    assert all(each.attempts == 1 for each in messages() if each.state is OutboxState.SENT)


def test_a_relay_that_goes_away_halfway_blames_none_of_the_marked(
    app: Flask, at: StandingClock
) -> None:
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")

    def go(number: int, _mail: Mail) -> None:
        if number == 4:
            raise Unavailable("connection refused")

    ticks.deliver(settings, "sender", Quick(go))
    assert states() == ["SENT"] * 3 + ["RETRY"] * 12
    assert [each.attempts for each in messages()] == [1] * 3 + [0] * 12
    assert doubts() == []
    assert journals(settings) == []


def test_a_recipient_refused_halfway_is_that_message_s_end_only(
    app: Flask, at: StandingClock
) -> None:
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")

    def refuse(number: int, _mail: Mail) -> None:
        if number == 4:
            raise Refused(550, "no such user")
        if number == 5:
            raise ZeroDivisionError("a fault of ours")

    ticks.deliver(settings, "sender", Quick(refuse))
    fourth, fifth = messages()[3:5]
    assert (fourth.state, fourth.attempts) == (OutboxState.DEAD, 0)
    assert (fifth.state, fifth.attempts) == (OutboxState.RETRY, 0)
    assert states().count("SENT") == 13
    assert doubts() == []


def test_a_relay_that_gets_slow_is_given_one_mail_a_mark(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "QUICK", -1)
    assert _most_marked(app.config["TRACKER"], at) == 0


def test_no_person_has_two_mails_marked_at_once(
    make_campus: Callable[..., Campus], sqlite_url: str
) -> None:
    """Whether the second goes depends on the first: beyond the day's cap it waits."""
    campus = make_campus(sqlite_url, DAILY_CAP="1")
    campus.plan("2020-02-22T09:00")
    campus.plan("2020-02-22T18:00")
    kept = [messages()[0].id, *(each.id for each in campus.messages("cs"))]
    with transaction():
        others = db.session.query(OutboxMessage).where(OutboxMessage.id.not_in(kept))
        others.update({"state": OutboxState.DISCARDED})
    ticks.deliver(campus.settings, "sender", Quick())
    assert [each.state for each in campus.messages("cs")] == [OutboxState.SENT, OutboxState.RETRY]


def test_where_no_journal_can_be_kept_each_mail_is_marked_by_itself(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BOOT_ID", Path("/nowhere"))
    assert _most_marked(app.config["TRACKER"], at) == 0


class FullDisk:
    """Full for journals from the `nth` line of a `kind` on, of which half is still written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str, nth: int) -> None:
        self.is_full, self._seen = False, 0
        self._kind, self._nth, self._write = f'"{kind}"'.encode(), nth, os.write
        monkeypatch.setattr(os, "write", self._write_half)

    def _write_half(self, file: int, line: bytes) -> int:
        self._seen += self._kind in line
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.is_full = self._seen == self._nth
        return self._write(file, line[: len(line) // 2] if self.is_full else line)


def test_a_full_disk_costs_the_journal_s_further_lines_and_no_mail(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is marked and cannot be written down as begun is given back, and marked by itself."""
    settings, seen = app.config["TRACKER"], list[tuple[int, int]]()
    FullDisk(monkeypatch, "begun", 3)
    mails.plan(at, "2020-02-21T09:00")

    def look(_number: int, _mail: Mail) -> None:
        seen.append((len(journals(settings)), states().count("HANDING_OVER")))

    relay = Quick(look)
    ticks.deliver(settings, "sender", relay)
    assert set(states()) == {"SENT"}
    assert all(message.attempts == 1 for message in messages())
    assert len(relay.taken) == 15
    assert seen == [(0, 0), (1, 10), (1, 10), *[(1, 0)] * 13]
    assert doubts() == []
    assert journals(settings) == []


@pytest.mark.parametrize(
    ("kind", "nth", "taken", "doubtful"),
    [("begun", 1, 0, 0), ("begun", 9, 8, 0), ("answered", 9, 9, 1), ("marked", 3, 11, 0)],
)
def test_a_disk_too_full_for_journal_and_database_repeats_nothing_but_what_is_in_doubt(
    app: Flask,
    at: StandingClock,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    nth: int,
    taken: int,
    doubtful: int,
) -> None:
    """The sender lives, and hands over nothing more once it cannot note what was taken. What the
    journal says until then is believed, and of what it does not say nothing was begun."""
    settings, disk = app.config["TRACKER"], FullDisk(monkeypatch, kind, nth)
    mails.plan(at, "2020-02-21T09:00")

    def commit(_session: object) -> None:
        if disk.is_full:
            raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    relay, again = Quick(), Quick()
    event.listen(db.session, "before_commit", commit)
    try:
        with pytest.raises(OperationalError):
            ticks.deliver(settings, "sender", relay)
    finally:
        event.remove(db.session, "before_commit", commit)
    assert len(relay.taken) == taken
    assert len(journals(settings)) == 1
    disk.is_full = False
    ticks.deliver(settings, "another", again)
    assert states().count("HANDING_OVER") == 0
    machine.wait(minutes=4)
    ticks.deliver(settings, "another", again)
    repeats = set(relay.taken) & set(again.taken)
    assert repeats == {each.message_id for each in messages() if each.id in doubts()}
    assert len(repeats) == doubtful
    assert set(states()) == {"SENT"}
    assert journals(settings) == []


def test_what_was_begun_after_the_journal_ended_is_not_taken_for_never_begun(
    app: Flask, at: StandingClock, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal ends at the third mail, and its sender dies with the sixth on its way: of which
    the journal knows only that it was once marked."""
    settings = app.config["TRACKER"]
    FullDisk(monkeypatch, "begun", 3)
    mails.plan(at, "2020-02-21T09:00")
    sixth = messages()[5].message_id

    class Death(BaseException):
        pass

    class Deadly(Quick):
        def send(self, mail: Mail, before_data: BeforeData) -> str:
            reply = super().send(mail, before_data)
            if mail.message_id == sixth:
                raise Death
            return reply

    with pytest.raises(Death):
        ticks.deliver(settings, "sender", Deadly())
    another = Quick()
    monkeypatch.setattr(JournalFile, "mark", lambda *_: False)
    ticks.deliver(settings, "another", another)
    assert messages()[5].state is OutboxState.HANDING_OVER
    assert sixth not in another.taken
    machine.wait(minutes=4)
    ticks.deliver(settings, "another", another)
    assert set(states()) == {"SENT"}
    assert doubts() == [messages()[5].id]
    assert journals(settings) == []


def test_nobody_takes_a_journal_that_is_being_made_for_a_dead_one_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process looks at the file between its making and its lock, and removes later what it
    took for a dead one's."""
    lock, found, real_now = journal.fcntl.flock, list[journal.Left](), clock.real_now()

    def late(file: Any, how: int) -> None:
        monkeypatch.setattr(journal.fcntl, "flock", lock)
        found.extend(journal.left_behind(tmp_path, real_now))
        lock(file, how)

    monkeypatch.setattr(journal.fcntl, "flock", late)
    with JournalFile(tmp_path, "sender") as record:
        assert record.mark(real_now, [1])
        for left in found:
            left.remove()
        assert record.begin(1)
    (left,) = journal.left_behind(tmp_path, real_now)
    assert left.journal is not None
    assert left.journal.fate(1, real_now) == lines.Fate(real_now, is_begun=True)


def test_a_journal_found_is_not_removed_while_it_is_held_nor_once_it_was_written_to(
    tmp_path: Path,
) -> None:
    real_now = clock.real_now()
    with JournalFile(tmp_path, "sender") as record:
        record.mark(real_now, [1])
    (left,) = journal.left_behind(tmp_path, real_now)
    with left.path.open("ab") as file:
        journal.fcntl.flock(file, journal.fcntl.LOCK_SH)
        left.remove()
        assert left.path.exists()
        file.write(lines.begun(1))
    left.remove()
    assert left.path.exists()
    (left,) = journal.left_behind(tmp_path, real_now)
    left.remove()
    assert not left.path.exists()


@pytest.mark.parametrize("name", ["x.journal", "x.new"])
def test_an_empty_file_proves_nobody_dead_and_goes_after_a_day(tmp_path: Path, name: str) -> None:
    real_now, path = clock.real_now(), tmp_path / name
    path.touch()
    assert journal.left_behind(tmp_path, real_now + timedelta(hours=23)) == []
    (left,) = journal.left_behind(tmp_path, real_now + timedelta(hours=25))
    assert left.journal is None
    left.remove()
    assert not path.exists()


def test_a_living_sender_s_journal_is_nobody_else_s(tmp_path: Path) -> None:
    real_now = clock.real_now()
    with JournalFile(tmp_path, "sender") as record:
        assert record.mark(real_now, [1])
        assert journal.left_behind(tmp_path, real_now + timedelta(days=9)) == []
    (left,) = journal.left_behind(tmp_path, real_now)
    assert left.journal is not None
    assert left.journal.fate(1, real_now) is not None


def test_a_process_that_starts_settles_what_died_on_its_machine(
    app: Flask, at: StandingClock
) -> None:
    """On another machine somebody else may lead by then, who cannot read it."""
    settings = app.config["TRACKER"]
    mails.plan(at, "2020-02-21T09:00")
    with die_halfway(settings):
        pass
    sending.settle(settings)
    assert states()[:3] == ["SENT", "RETRY", "RETRY"]
    assert journals(settings) == []


def _most_marked(settings: Settings, at: StandingClock) -> int:
    marked = list[int]()
    mails.plan(at, "2020-02-21T09:00")
    look = Quick(lambda _number, _mail: marked.append(states().count("HANDING_OVER")))
    ticks.deliver(settings, "sender", look)
    assert set(states()) == {"SENT"}
    return max(marked)
