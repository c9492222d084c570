"""The state machine of an assignment. Pure: who may take a step is permissions' business."""

from datetime import datetime

from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import Action, Cadence, DutyRole, State

_STEPS: dict[tuple[State, Action], State] = {
    (State.OPEN, Action.CHECK_OFF): State.DONE,
    (State.RETURNED, Action.CHECK_OFF): State.DONE,
    (State.DONE, Action.UNDO): State.OPEN,
    (State.DONE, Action.VERIFY): State.VERIFIED,
    (State.DONE, Action.SEND_BACK): State.RETURNED,
    (State.VERIFIED, Action.SEND_BACK): State.RETURNED,
    (State.OPEN, Action.WAIVE): State.WAIVED,
    (State.RETURNED, Action.WAIVE): State.WAIVED,
    (State.DONE, Action.WAIVE): State.WAIVED,
    (State.WAIVED, Action.REOPEN): State.OPEN,
    (State.VERIFIED, Action.REOPEN): State.OPEN,
    (State.DONE, Action.FALL_BACK): State.OPEN,
    (State.VERIFIED, Action.FALL_BACK): State.OPEN,
}

_REFUSALS: dict[Action, str] = {
    Action.CHECK_OFF: N_("This duty is already checked off."),
    Action.UNDO: N_("Only a check-off that nobody has verified can be undone."),
    Action.VERIFY: N_("Only a reported duty can be verified."),
    Action.SEND_BACK: N_("Only a reported duty can be sent back."),
    Action.WAIVE: N_("A verified duty cannot be waived."),
    Action.REOPEN: N_("Only a verified or waived duty can be reopened."),
    Action.FALL_BACK: N_("Only a reported duty can fall back."),
}


def require_asked(state: State) -> None:
    """Raises IllegalStep where nothing is asked of the unit."""
    if state is State.WAIVED:
        raise IllegalStep(N_("This duty is set to not applicable: there is nothing to report."))


def step(state: State, action: Action, role: DutyRole, *, reviewed: bool) -> State:
    """The state after `action`. Raises IllegalStep with a reason for the person who tried."""
    if role is DutyRole.INSPECT:
        raise IllegalStep(N_("An inspection settles by itself once every report is verified."))
    if role is DutyRole.STANDBY:
        raise IllegalStep(N_("Stand-by has nothing to check off."))
    if action in (Action.VERIFY, Action.SEND_BACK) and not reviewed:
        raise IllegalStep(N_("This duty needs no verification."))
    if action is Action.CHECK_OFF:
        require_asked(state)
    try:
        return _STEPS[state, action]
    except KeyError:
        raise IllegalStep(_REFUSALS[action]) from None


def is_plain(role: DutyRole, cadence: Cadence, *, counted: bool) -> bool:
    """One tick says it all."""
    return role.ticked and cadence is Cadence.ONCE and not counted


def is_open(role: DutyRole, state: State) -> bool:
    """The unit itself still has to act. A report that waits for verification is not open."""
    return role.ticked and state in (State.OPEN, State.RETURNED)


def is_settled(role: DutyRole, state: State, *, reviewed: bool) -> bool:
    """Nobody has to act any more. An inspection is never settled by its own state: see
    `readiness.inspection`."""
    if role is DutyRole.STANDBY:
        return True
    if role is DutyRole.INSPECT:
        return False
    if state is State.DONE:
        return not reviewed
    return state in (State.VERIFIED, State.WAIVED)


def is_overdue(role: DutyRole, state: State, due_at: datetime, now: datetime) -> bool:
    """The cut-off (exclusive instant) has passed and the unit has not acted. A report in time that
    nobody verified yet is the inspector's delay, not the unit's."""
    return role.binding and is_open(role, state) and now >= due_at
