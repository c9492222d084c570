"""What people read for the vocabulary: English msgids for the catalogues."""

from enum import Enum

from tracker.domain.errors import N_
from tracker.domain.scopes import Scope
from tracker.domain.search import Kind
from tracker.domain.service_requests import RequestState
from tracker.domain.term import Basis
from tracker.domain.vocabulary import (
    AccessKind,
    Audience,
    Branch,
    DutyRole,
    GroupPart,
    Health,
    LifeStep,
    Light,
    OutboxState,
    Phase,
    Pile,
    Post,
    Stage,
    State,
    StepState,
    UnitKind,
    Verdict,
)
from tracker.domain.webhooks import HookEvent

LABELS: dict[type[Enum], dict[Enum, str]] = {
    Scope: {
        Scope.READ: N_("Read duties, board, reminders and reports"),
        Scope.REPORT: N_("Check off, undo, check in"),
        Scope.VERIFY: N_("Verify, send back, waive, ask again"),
        Scope.OUTBOX: N_("Read the outbox"),
    },
    HookEvent: {
        HookEvent.CHECKED_OFF: N_("A duty is checked off"),
        HookEvent.UNDONE: N_("A report is taken back"),
        HookEvent.VERIFIED: N_("A report is verified"),
        HookEvent.SENT_BACK: N_("A report is sent back"),
        HookEvent.WAIVED: N_("A duty does not apply to a unit"),
        HookEvent.REOPENED: N_("A duty is asked for again"),
        HookEvent.CHECKED_IN: N_("A standing duty's daily word"),
        HookEvent.PUBLISHED: N_("A notice comes into force"),
        HookEvent.CLOSED: N_("A notice is closed"),
        HookEvent.REMINDER_DEAD: N_("A reminder cannot be delivered"),
        HookEvent.PING: N_("Ping"),
    },
    AccessKind: {
        AccessKind.EVIDENCE: N_("Evidence"),
        AccessKind.ROSTER: N_("List of names"),
        AccessKind.CARE: N_("Record of a student"),
        AccessKind.EXPORT: N_("Board or report as a file"),
        AccessKind.PERSON: N_("Data about a person"),
    },
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
    Branch: {
        Branch.ONLINE: N_("While teaching is online"),
        Branch.CLASSROOM: N_("While teaching is in classrooms"),
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
    Stage: {
        Stage.DRAFT: N_("Draft"),
        Stage.IN_FORCE: N_("In force"),
        Stage.CLOSED: N_("Closed"),
        Stage.ARCHIVED: N_("In the archive"),
        Stage.TEMPLATE: N_("Template"),
    },
    Phase: {
        Phase.FIRST_DAY: N_("First day"),
        Phase.FIRST_WEEK: N_("First week"),
        Phase.FIRST_MONTH: N_("First month"),
    },
    LifeStep: {
        LifeStep.PUBLISH: N_("Publish this notice"),
        LifeStep.CLOSE: N_("Close this notice"),
        LifeStep.REOPEN: N_("Take up again"),
        LifeStep.ARCHIVE: N_("Archive this notice"),
        LifeStep.UNARCHIVE: N_("Back from the archive"),
        LifeStep.DISCARD: N_("Discard this draft"),
    },
    Light: {
        Light.NOTHING: N_("Nothing to report"),
        Light.OPEN: N_("Not done"),
        Light.OVERDUE: N_("Overdue"),
        Light.REPORTED: N_("Waiting for verification"),
        Light.RETURNED: N_("Sent back"),
        Light.LACKING: N_("To be completed"),
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
        UnitKind.UNIVERSITY: N_("University"),
    },
    Post: {
        Post.LEAD: N_("Head"),
        Post.CONTACT: N_("Contact"),
        Post.COUNSELLOR: N_("Counsellor"),
        Post.DEPUTY: N_("Deputy"),
    },
    GroupPart: {
        GroupPart.HEAD: N_("Head of the group"),
        GroupPart.MEMBER: N_("Member"),
        GroupPart.DISCIPLINE: N_("Discipline inspection group"),
    },
    Audience: {
        Audience.CONTACTS: N_("contacts"),
        Audience.LEADS: N_("heads"),
        Audience.AFFAIRS: N_("academic affairs"),
        Audience.INSPECTORS: N_("inspectors"),
    },
    StepState: {
        StepState.PLANNED: N_("Planned"),
        StepState.SUPERSEDED: N_("Superseded by a later step"),
        StepState.PASSED_OVER: N_("Not repeated after a backup was restored"),
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
    Kind: {
        Kind.TASK: N_("Tasks"),
        Kind.UNIT: N_("Units"),
        Kind.PERSON: N_("People"),
        Kind.DUTY: N_("Duties"),
        Kind.NAME: N_("Roster names"),
    },
    Basis: {
        Basis.STANDARD: N_("standard"),
        Basis.OWN: N_("the school's own"),
        Basis.PARTLY: N_("one half the school's own"),
        Basis.CONFLICT: N_("standard: what the school set no longer fits"),
        Basis.PENDING: N_("not known yet"),
        Basis.NOT_ALLOWED: N_("no make-up exams"),
        Basis.NO_ROOM: N_("the term ends before"),
    },
    RequestState: {
        RequestState.ASKED: N_("Asked"),
        RequestState.PASSED_ON: N_("Passed on to the platform"),
        RequestState.DONE: N_("Settled"),
        RequestState.DECLINED: N_("Declined"),
    },
}
"""By enum first: members of two enums may share a value and would be one key."""

LETTERS: dict[Light, str] = {
    Light.NOTHING: "–",
    Light.OPEN: N_("O"),
    Light.OVERDUE: N_("!"),
    Light.REPORTED: N_("W"),
    Light.RETURNED: N_("R"),
    Light.LACKING: N_("C"),
    Light.READY: N_("V"),
    Light.SETTLED: "✓",
    Light.WAIVED: N_("N"),
}
"""One letter a light, so that a cell reads without colour (B-66). Chinese: 未 逾 待 退 补 核 免."""
