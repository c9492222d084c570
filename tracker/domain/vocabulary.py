"""The words of the field, one per thing. What people read for them stands in `labels`."""

from enum import StrEnum


class DutyRole(StrEnum):
    """What a cell's verb asks of its unit (the notice of 20 February 2020, table 1)."""

    LEAD = "LEAD"
    PERFORM = "PERFORM"
    INSPECT = "INSPECT"
    COORDINATE = "COORDINATE"
    URGE = "URGE"
    SUPPORT = "SUPPORT"
    MONITOR = "MONITOR"
    STANDBY = "STANDBY"

    @property
    def performs(self) -> bool:
        """The unit does the row's work itself and reports it."""
        return self in (DutyRole.LEAD, DutyRole.PERFORM)

    @property
    def ticked(self) -> bool:
        """Done when its unit says so; an inspection settles by itself, stand-by never acts."""
        return self not in (DutyRole.INSPECT, DutyRole.STANDBY)

    @property
    def binding(self) -> bool:
        """Must be settled by its cut-off: can be overdue and counts towards readiness."""
        return self not in (DutyRole.MONITOR, DutyRole.STANDBY)


class State(StrEnum):
    """Stored state of an assignment."""

    OPEN = "OPEN"
    DONE = "DONE"
    VERIFIED = "VERIFIED"
    RETURNED = "RETURNED"
    WAIVED = "WAIVED"


class Action(StrEnum):
    """Steps of the state machine."""

    CHECK_OFF = "CHECK_OFF"
    UNDO = "UNDO"
    VERIFY = "VERIFY"
    SEND_BACK = "SEND_BACK"
    WAIVE = "WAIVE"
    REOPEN = "REOPEN"
    FALL_BACK = "FALL_BACK"


class Verdict(StrEnum):
    """Outcome of a review."""

    VERIFIED = "VERIFIED"
    RETURNED = "RETURNED"


class Light(StrEnum):
    """What a cell shows: computed from role, state and time, never stored."""

    NOTHING = "NOTHING"
    OPEN = "OPEN"
    OVERDUE = "OVERDUE"
    REPORTED = "REPORTED"
    RETURNED = "RETURNED"
    LACKING = "LACKING"
    READY = "READY"
    SETTLED = "SETTLED"
    WAIVED = "WAIVED"


class Pile(StrEnum):
    """The piles of a unit's page and of a mail."""

    DO = "DO"
    URGE = "URGE"
    WAITING = "WAITING"
    INFORMATION = "INFORMATION"
    FINISHED = "FINISHED"


class Phase(StrEnum):
    """The notice's three horizons (20 February 2020, parts 1 to 3)."""

    FIRST_DAY = "first_day"
    FIRST_WEEK = "first_week"
    FIRST_MONTH = "first_month"


class Branch(StrEnum):
    """How teaching goes on when a contingency arises (table 2, rows 6 and 7)."""

    ONLINE = "online"
    CLASSROOM = "classroom"


class Stage(StrEnum):
    """Where a plan is in its life: computed, never stored."""

    DRAFT = "DRAFT"
    IN_FORCE = "IN_FORCE"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"
    TEMPLATE = "TEMPLATE"


class LifeStep(StrEnum):
    """What academic affairs do with a plan as a whole."""

    PUBLISH = "publish"
    CLOSE = "close"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DISCARD = "discard"


class Cadence(StrEnum):
    """How often a duty is reported: once, or with a check-in every day, week or month of its
    window."""

    ONCE = "ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"

    @property
    def recurs(self) -> bool:
        return self is not Cadence.ONCE


class Health(StrEnum):
    """What a daily check-in says."""

    NORMAL = "NORMAL"
    TROUBLE = "TROUBLE"
    RECOVERED = "RECOVERED"


class UnitKind(StrEnum):
    ACADEMIC_AFFAIRS = "academic_affairs"
    STUDENT_AFFAIRS = "student_affairs"
    COLLEGE = "college"
    NETWORK_CENTRE = "network_centre"
    UNIVERSITY = "university"

    @property
    def is_asked(self) -> bool:
        """A notice may ask something of it; a university is only the roof of its units."""
        return self is not UnitKind.UNIVERSITY


class Post(StrEnum):
    LEAD = "lead"
    CONTACT = "contact"
    COUNSELLOR = "counsellor"
    DEPUTY = "deputy"


class GroupPart(StrEnum):
    """Who is in a working group (the notice, row 1): its head, its members, its discipline
    inspection group."""

    HEAD = "head"
    MEMBER = "member"
    DISCIPLINE = "discipline"


class Audience(StrEnum):
    """Whom a reminder rule addresses: a unit's own posts, academic affairs about late units, or
    the inspectors' contacts about reports that wait for them."""

    CONTACTS = "contacts"
    LEADS = "leads"
    AFFAIRS = "affairs"
    INSPECTORS = "inspectors"


class NoticeKind(StrEnum):
    """What a person is told besides the ladder."""

    MENTION = "MENTION"
    RETURNED = "RETURNED"
    MOVED = "MOVED"
    MOVED_DONE = "MOVED_DONE"
    OPENING = "OPENING"
    URGE = "URGE"
    WAITING = "WAITING"
    TROUBLE = "TROUBLE"
    SUMMARY = "SUMMARY"
    UNDELIVERED = "UNDELIVERED"
    TERM_DATE = "TERM_DATE"
    AMENDED = "AMENDED"
    HOOK_OFF = "HOOK_OFF"
    STOOD_DOWN = "STOOD_DOWN"

    @property
    def is_information(self) -> bool:
        """Nothing is asked of the reader: may be collected for one hour of the day, or paused."""
        information = (NoticeKind.WAITING, NoticeKind.TROUBLE, NoticeKind.SUMMARY)
        return self in (*information, NoticeKind.MOVED_DONE)

    @property
    def rides_along(self) -> bool:
        """Not worth a mail by itself: the next mail to the reader takes it along, if one goes out
        in time."""
        return self is NoticeKind.MOVED_DONE


class StepState(StrEnum):
    """Fate of one step of the ladder: mailed to whoever was open, overtaken by a later step, or
    passed over because the database was put back after it."""

    PLANNED = "PLANNED"
    SUPERSEDED = "SUPERSEDED"
    PASSED_OVER = "PASSED_OVER"


class OutboxState(StrEnum):
    """Life of one mail. DUE, CLAIMED, HANDING_OVER and RETRY are on the way; the rest are final,
    except UNCERTAIN and DEAD, which a person may resend or discard."""

    DUE = "DUE"
    CLAIMED = "CLAIMED"
    HANDING_OVER = "HANDING_OVER"
    RETRY = "RETRY"
    UNCERTAIN = "UNCERTAIN"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    DEAD = "DEAD"
    DISCARDED = "DISCARDED"


class AccessKind(StrEnum):
    """What somebody read or took away that holds personal data."""

    EVIDENCE = "EVIDENCE"
    ROSTER = "ROSTER"
    CARE = "CARE"
    EXPORT = "EXPORT"
    PERSON = "PERSON"
