"""The words of the field, one per thing. Labels are English msgids for the catalogues."""

from enum import Enum, StrEnum

from tracker.domain.errors import N_


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


class Cadence(StrEnum):
    """How often a duty is reported: once, or with a check-in every day of its window."""

    ONCE = "ONCE"
    DAILY = "DAILY"


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


class Post(StrEnum):
    LEAD = "lead"
    CONTACT = "contact"
    COUNSELLOR = "counsellor"
    DEPUTY = "deputy"


class Audience(StrEnum):
    """Whom a reminder rule addresses: a unit's own posts, or academic affairs about late units."""

    CONTACTS = "contacts"
    LEADS = "leads"
    AFFAIRS = "affairs"


class StepState(StrEnum):
    """Fate of one step of the ladder: mailed to whoever was open, or overtaken by a later step."""

    PLANNED = "PLANNED"
    SUPERSEDED = "SUPERSEDED"


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


LABELS: dict[type[Enum], dict[Enum, str]] = {
    DutyRole: {
        DutyRole.LEAD: N_("Lead"),
        DutyRole.PERFORM: N_("Do"),
        DutyRole.INSPECT: N_("Inspect"),
        DutyRole.COORDINATE: N_("Coordinate"),
        DutyRole.URGE: N_("Urge"),
        DutyRole.SUPPORT: N_("Support"),
        DutyRole.MONITOR: N_("Keep informed"),
        DutyRole.STANDBY: N_("Stand by"),
    },
    State: {
        State.OPEN: N_("Not done"),
        State.DONE: N_("Waiting for verification"),
        State.VERIFIED: N_("Verified"),
        State.RETURNED: N_("Sent back"),
        State.WAIVED: N_("Not applicable"),
    },
    Verdict: {
        Verdict.VERIFIED: N_("Verified"),
        Verdict.RETURNED: N_("Sent back"),
    },
    Light: {
        Light.NOTHING: N_("Nothing to report"),
        Light.OPEN: N_("Not done"),
        Light.OVERDUE: N_("Overdue"),
        Light.REPORTED: N_("Waiting for verification"),
        Light.RETURNED: N_("Sent back"),
        Light.READY: N_("Reports to verify"),
        Light.SETTLED: N_("Settled"),
        Light.WAIVED: N_("Not applicable"),
    },
    Pile: {
        Pile.DO: N_("Must do"),
        Pile.URGE: N_("Must urge or support"),
        Pile.WAITING: N_("Waiting for others"),
        Pile.INFORMATION: N_("For information"),
        Pile.FINISHED: N_("Finished"),
    },
    Health: {
        Health.NORMAL: N_("Normal"),
        Health.TROUBLE: N_("Trouble"),
        Health.RECOVERED: N_("Recovered"),
    },
    UnitKind: {
        UnitKind.ACADEMIC_AFFAIRS: N_("Academic affairs"),
        UnitKind.STUDENT_AFFAIRS: N_("Student affairs"),
        UnitKind.COLLEGE: N_("College"),
        UnitKind.NETWORK_CENTRE: N_("Network centre"),
    },
    Post: {
        Post.LEAD: N_("Head"),
        Post.CONTACT: N_("Contact"),
        Post.COUNSELLOR: N_("Counsellor"),
        Post.DEPUTY: N_("Deputy"),
    },
    Audience: {
        Audience.CONTACTS: N_("contacts"),
        Audience.LEADS: N_("heads"),
        Audience.AFFAIRS: N_("academic affairs"),
    },
    StepState: {
        StepState.PLANNED: N_("Planned"),
        StepState.SUPERSEDED: N_("Superseded by a later step"),
    },
    OutboxState: {
        OutboxState.DUE: N_("Due"),
        OutboxState.CLAIMED: N_("Claimed by a sender"),
        OutboxState.HANDING_OVER: N_("Being handed over"),
        OutboxState.RETRY: N_("Will be tried again"),
        OutboxState.UNCERTAIN: N_("Uncertain: a person must decide"),
        OutboxState.SENT: N_("Sent"),
        OutboxState.SKIPPED: N_("Skipped"),
        OutboxState.DEAD: N_("Undeliverable"),
        OutboxState.DISCARDED: N_("Discarded"),
    },
}
"""By enum first: members of two enums may share a value and would be one key."""

LETTERS: dict[Light, str] = {
    Light.NOTHING: "–",
    Light.OPEN: N_("O"),
    Light.OVERDUE: N_("!"),
    Light.REPORTED: N_("W"),
    Light.RETURNED: N_("R"),
    Light.READY: N_("V"),
    Light.SETTLED: "✓",
    Light.WAIVED: N_("N"),
}
"""One letter a light, so that a cell reads without colour (B-66). Translated: 未 逾 待 退 核 免."""
