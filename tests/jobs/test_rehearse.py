"""The four days of the notice, every mail counted. The numbers can be derived by hand.

People: 12 colleges with a contact and a dean, 3 offices whose one account is contact and head at
once. So 15 contacts; contacts and heads together are 27 people, heads alone 15.
"""

import shutil
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.databases import in_app
from tests.rehearsal import settings_for
from tracker.db import db, transaction
from tracker.domain.cutoffs import to_wall
from tracker.domain.vocabulary import Cadence, DutyRole, Health
from tracker.factory import create_app
from tracker.jobs.rehearse import RehearsedMail, live_through
from tracker.models.assignment import Assignment
from tracker.models.plan import Duty
from tracker.services import assignments, check_ins, reviews

ZONE = "Asia/Shanghai"
START, END = datetime(2020, 2, 20, 8), datetime(2020, 2, 24, 12)


def live(app, act=lambda now: None) -> list[RehearsedMail]:
    """Live through the notice's days in steps of half an hour: every rung stands on a full one."""
    settings = app.config["TRACKER"]
    return live_through(settings, ZONE, START, END, timedelta(minutes=30), act)


@pytest.fixture(scope="module")
def quiet_days(sqlite_template, tmp_path_factory) -> list[RehearsedMail]:
    """Every mail of the four days when nobody ticks anything; lived once for the tests below."""
    folder = tmp_path_factory.mktemp("quiet")
    url = f"sqlite:///{shutil.copy(sqlite_template, folder / 'tracker.db')}"
    with in_app(create_app(settings_for(folder, url))) as app:
        return live(app)


def per_step(mails: list[RehearsedMail]) -> dict[str, int]:
    return dict(Counter(f"{mail.at:%d %H:%M}" for mail in mails))


def of(mails: list[RehearsedMail], who: str) -> list[tuple[str, int, int]]:
    """(moment, number, lines) of one person's mails."""
    return [
        (f"{mail.at:%d %H:%M}", mail.number, len(mail.lines))
        for mail in mails
        if mail.to == f"{who}@campus.example"
    ]


def test_a_mail_calls_silence_silence_and_not_zero(quiet_days):
    """零报告: of the 160 students nobody has said anything yet."""
    (row,) = {
        line
        for mail in quiet_days
        if mail.to == "students@campus.example"
        for line in mail.lines
        if line.startswith("2 ")
    }
    assert row.endswith("(未报，共160)")


def test_with_nothing_ticked_222_mails_go_out_in_ten_rounds(quiet_days):
    """Each round goes to everybody in its audience, since everybody has something open:

    21 09:00 D-1 of the 22nd: 15 contacts. 22 09:00 D of the 22nd, D-1 of the 23rd: 15 contacts,
    one merged mail each. 22 18:00 and 22:00: 27. 23 08:00 overdue: 27. 23 09:00: 15. 23 14:00:
    the 15 heads, academic affairs among them. 23 18:00 and 22:00: 27. 24 08:00, the second day
    overdue of the 22nd and the first of the 23rd: 27, one merged mail each.
    """
    assert per_step(quiet_days) == {
        "21 09:00": 15,
        "22 09:00": 15,
        "22 18:00": 27,
        "22 22:00": 27,
        "23 08:00": 27,
        "23 09:00": 15,
        "23 14:00": 15,
        "23 18:00": 27,
        "23 22:00": 27,
        "24 08:00": 27,
    }
    assert len(quiet_days) == 222
    assert max(Counter((mail.at, mail.to) for mail in quiet_days).values()) == 1


def test_with_nothing_ticked_a_college_contact_reads_these_mails(quiet_days):
    """Row 1 belongs to the 22nd: 1 line. Rows 2 to 16 are 15 lines of the 23rd. The number counts
    a person's reminders of the mail's earliest cut-off (B-44)."""
    assert of(quiet_days, "cs") == [
        ("21 09:00", 1, 1),
        ("22 09:00", 2, 16),
        ("22 18:00", 3, 1),
        ("22 22:00", 4, 1),
        ("23 08:00", 5, 1),
        ("23 09:00", 2, 15),
        ("23 18:00", 3, 15),
        ("23 22:00", 4, 15),
        ("24 08:00", 6, 16),
    ]


def test_with_nothing_ticked_offices_and_deans_read_these_mails(quiet_days):
    """Student affairs, 23rd: rows 2-7, 9 and 12 are 8 duties, rows 10 and 11 ride along as
    information; rows 13-16 are stand-by and never appear, row 8 is empty. Academic affairs, 23rd:
    rows 2, 13, 14, 16 and row 11 as information; inspections stay out while no report waits.
    On 23 14:00 academic affairs also read the 14 other units that are late with the 22nd.
    The network centre reads one line: its days without a check-in."""
    mails = quiet_days
    assert of(mails, "cs.dean") == [
        ("22 18:00", 1, 1),
        ("22 22:00", 2, 1),
        ("23 08:00", 3, 1),
        ("23 14:00", 4, 1),
        ("23 18:00", 1, 15),
        ("23 22:00", 2, 15),
        ("24 08:00", 5, 16),
    ]
    assert of(mails, "students")[1] == ("22 09:00", 2, 1 + 8 + 2)
    assert of(mails, "affairs")[1] == ("22 09:00", 2, 1 + 4 + 1)
    assert of(mails, "affairs")[6] == ("23 14:00", 6, 1 + 14)
    assert of(mails, "network")[0] == ("21 09:00", 1, 1)
    assert not [line for mail in mails for line in mail.lines if "听候配合" in line]


def test_with_a_day_of_ticks_only_what_is_open_is_mailed_and_203_mails_remain(app, actor):
    """The script, and what it takes away from the 222:

    The network centre checks in daily at 08:30: none of its 10 mails. The college cs ticks row 1 on
    21 10:00 and everything else on 22 17:00; academic affairs send its row 3 back on 23 10:00 and
    it is ticked again at 19:00. So its contact gets 21 09:00 (row 1), 22 09:00 (the 15 of the 23rd)
    and 23 18:00 (the returned one): 3 of 9. Its dean gets 23 18:00 only: 1 of 7.
    222 - 10 - 6 - 6 = 200, one at once that the report was sent back, and academic affairs
    are told of reports that wait on 22 17:00 and again on 23 19:00: 203.

    Academic affairs' 23 09:00 mail asks for 4 duties of their own and 6 inspections: of the rows
    they inspect, cs reports 3, 8, 9, 10, 15, and 12, where urging is what is verified.
    """
    cs, affairs, network = actor("cs"), actor("affairs"), actor("network")

    def duties(who, number=None):
        rows = db.session.scalars(
            select(Assignment)
            .join(Duty)
            .where(Assignment.unit_id.in_(who.unit_ids), Duty.role != DutyRole.STANDBY)
            .order_by(Assignment.id)
        ).all()
        return [row for row in rows if number in (None, row.duty.tasks[0].number)]

    def tick(now, number=None):
        with transaction():
            for row in duties(cs, number):
                if row.state in ("OPEN", "RETURNED"):
                    count = 1 if row.duty.counted else None
                    assignments.check_off(row, cs, now, seen_version=None, count=count)

    def act(now):
        wall = to_wall(now, ZONE)
        if (wall.hour, wall.minute) == (8, 30) and wall.date() <= date(2020, 2, 23):
            with transaction():
                (standing,) = (d for d in duties(network) if d.duty.cadence is Cadence.DAILY)
                check_ins.check_in(standing, network, now, day=wall.date(), health=Health.NORMAL)
        match f"{wall:%d %H:%M}":
            case "21 10:00":
                tick(now, 1)
            case "22 17:00" | "23 19:00":
                tick(now)
            case "23 10:00":
                with transaction():
                    reviews.send_back(
                        duties(cs, 3)[0], affairs, now, seen_version=None, reason="缺两门课"
                    )

    mails = live(app, act)
    assert of(mails, "network") == []
    assert of(mails, "cs") == [
        ("21 09:00", 1, 1),
        ("22 09:00", 1, 15),
        ("23 10:00", 0, 1),
        ("23 18:00", 2, 1),
    ]
    assert of(mails, "cs.dean") == [("23 18:00", 1, 1)]
    assert of(mails, "affairs")[6] == ("23 09:00", 2, 4 + 6 + 1)
    assert len(mails) == 203
