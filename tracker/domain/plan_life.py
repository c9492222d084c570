"""The life of a plan: a draft is published, closed when all is done, and archived. Pure: who may
take a step is permissions' business."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.errors import N_, IllegalStep
from tracker.domain.vocabulary import LifeStep, Stage

_STEPS: Mapping[tuple[Stage, LifeStep], Stage | None] = {
    (Stage.DRAFT, LifeStep.PUBLISH): Stage.IN_FORCE,
    (Stage.DRAFT, LifeStep.DISCARD): None,
    (Stage.TEMPLATE, LifeStep.DISCARD): None,
    (Stage.IN_FORCE, LifeStep.CLOSE): Stage.CLOSED,
    (Stage.CLOSED, LifeStep.REOPEN): Stage.IN_FORCE,
    (Stage.CLOSED, LifeStep.ARCHIVE): Stage.ARCHIVED,
    (Stage.ARCHIVED, LifeStep.UNARCHIVE): Stage.CLOSED,
}
_REFUSALS: Mapping[LifeStep, str] = {
    LifeStep.PUBLISH: N_("Only a draft can be published."),
    LifeStep.CLOSE: N_("Only a notice that is in force can be closed."),
    LifeStep.REOPEN: N_("Only a closed notice can be taken up again."),
    LifeStep.ARCHIVE: N_("Only a closed notice can be archived."),
    LifeStep.UNARCHIVE: N_("Only an archived notice can come back from the archive."),
    LifeStep.DISCARD: N_("Only a draft can be discarded: what was published stays."),
}
_WITH_ITS_CASE = frozenset({LifeStep.CLOSE, LifeStep.REOPEN})
STAND_DOWN = N_(
    "This plan answers a contingency: it ends when that is stood down on its own page, and cannot "
    "be taken up again. Should the case arise anew, start it anew."
)
NO_TASKS = N_("It has no tasks yet.")
NOTHING_ASKED = N_("It asks nothing of any unit yet.")
ALL_PAST = N_("Its last cut-off lies in the past: nobody could keep it.")
NO_WORDS = N_("A duty has no text.")


@dataclass(frozen=True)
class Draft:
    """What a draft asks. `last`: its last cut-off (aware), None without tasks; `duties`: the
    texts."""

    last: datetime | None
    duties: tuple[str, ...]


def stage_of(
    published: datetime | None,
    closed: datetime | None,
    archived: datetime | None,
    *,
    is_template: bool,
) -> Stage:
    if archived is not None:
        return Stage.ARCHIVED
    if published is None:
        return Stage.TEMPLATE if is_template else Stage.DRAFT
    return Stage.IN_FORCE if closed is None else Stage.CLOSED


def step(stage: Stage, wanted: LifeStep, *, answers_case: bool = False) -> Stage | None:
    """The stage after it; None where nothing is left. What answers a contingency ends with it.
    Raises IllegalStep with a reason."""
    if answers_case and wanted in _WITH_ITS_CASE:
        raise IllegalStep(STAND_DOWN)
    try:
        return _STEPS[stage, wanted]
    except KeyError:
        raise IllegalStep(_REFUSALS[wanted]) from None


def steps_from(stage: Stage, *, answers_case: bool = False) -> tuple[LifeStep, ...]:
    """What can be done with it now, in the order in which it is offered."""
    kept = _WITH_ITS_CASE if answers_case else frozenset()
    return tuple(wanted for wanted in LifeStep if (stage, wanted) in _STEPS and wanted not in kept)


def obstacles(draft: Draft, now: datetime) -> tuple[str, ...]:
    """Why it cannot be published yet, as msgids; none: it can."""
    found = []
    if draft.last is None:
        found.append(NO_TASKS)
    elif draft.last <= now:
        found.append(ALL_PAST)
    if draft.last is not None and not draft.duties:
        found.append(NOTHING_ASKED)
    if any(not text.strip() for text in draft.duties):
        found.append(NO_WORDS)
    return tuple(found)
