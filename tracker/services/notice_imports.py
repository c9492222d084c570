"""A notice's file becomes a draft plan, or amends a plan: read, shown, corrected, taken once."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import N_, IllegalStep, InvalidInput, NotPermitted, StaleDifference
from tracker.domain.notice_cases import responses_of
from tracker.domain.notice_choices import Choices, guess
from tracker.domain.notice_differences import Difference, difference
from tracker.domain.notice_fingerprints import fingerprint, same_cases
from tracker.domain.notice_memory import remembered
from tracker.domain.notice_reading import Understood, understand
from tracker.domain.notice_staging import as_json, choices_from, tables_from
from tracker.domain.text import clean
from tracker.models.notice_import import NoticeImport
from tracker.models.plan import Plan
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.queries.notice_imports import known_plan, last_taken
from tracker.services import audit, notice_amendments, plan_rows, plans
from tracker.services.notice_files import NoticeFile
from tracker.services.seed_rules import read_rules
from tracker.services.seed_verbs import read_verbs
from tracker.services.seeding import SEED_FOLDER


@dataclass(frozen=True)
class Shown:
    """What a preview shows: what is understood, and what it would change of `plan`, where there is
    one and nothing keeps it from being read."""

    understood: Understood
    difference: Difference | None


def require_import(actor: Actor) -> None:
    """Academic affairs, and the command line."""
    if actor != SYSTEM:
        require_administer(actor)


def stage(
    file: NoticeFile,
    plan: Plan | None,
    actor: Actor,
    now: datetime,
    *,
    source: str,
    title: str = "",
    issued_on: date | None = None,
    launches_on: date | None = None,
) -> NoticeImport:
    """Keep what was read for its preview; no plan changes. `plan`: the one it may amend."""
    require_import(actor)
    if plan is not None and plan.is_over:
        raise IllegalStep(N_("The plan is over."))
    choices = _first_choices(file, plan, title, issued_on, launches_on)
    staged = NoticeImport(
        plan_id=plan.id if plan else None,
        amends=plan is not None,
        user_id=actor.user_id,
        at=now,
        source=clean(source)[-120:],
        tables=as_json(file.tables),
        choices=as_json(choices),
        shown="",
        taken={},
    )
    db.session.add(staged)
    db.session.flush()
    show_anew(staged, actor)
    return staged


def _first_choices(
    file: NoticeFile,
    plan: Plan | None,
    title: str,
    issued_on: date | None,
    launches_on: date | None,
) -> Choices:
    """What the words say by themselves, and what is known of an earlier notice."""
    latest = db.session.scalar(select(Plan).order_by(Plan.id.desc()))
    choices = guess(
        file.tables,
        read_verbs(SEED_FOLDER),
        title=title or (plan.title if plan else file.title),
        issuer=plan.issuer if plan else latest.issuer if latest else "",
        issued_on=issued_on or file.issued_on or (plan.issued_on if plan else None),
        launches_on=launches_on or (plan.launches_on if plan else None),
    )
    if plan is not None:
        known, taken = known_plan(plan), last_taken(plan)
        earlier = (tables_from(taken.tables), choices_from(taken.choices)) if taken else None
        return remembered(file.tables, choices, known.tasks, known.duties, earlier)
    return choices


def correct(staged: NoticeImport, choices: Choices, actor: Actor, now: datetime) -> None:
    """Keep what its bringer decides. What is shown next is what may be taken."""
    _require_own(staged, actor)
    if staged.confirmed_at is not None:
        raise IllegalStep(N_("This notice has been taken already."))
    if choices != choices_from(staged.choices):
        staged.choices = as_json(choices)
        audit.record(actor, now, "notice.corrected", "notice_import", staged.id)
    show_anew(staged, actor)


def show_anew(staged: NoticeImport, actor: Actor) -> None:
    """What is shown next is what may be taken."""
    _require_own(staged, actor)
    staged.shown = _mark(show(staged).difference)
    db.session.flush()


def show(staged: NoticeImport, choices: Choices | None = None) -> Shown:
    """As things stand now, with other `choices` than those that are kept, if any. Changes
    nothing."""
    read, choices = tables_from(staged.tables), choices or choices_from(staged.choices)
    plan = db.session.get_one(Plan, staged.plan_id) if staged.amends else None
    if plan is None:
        return Shown(understand(read, choices), None)
    known = known_plan(plan)
    understood = understand(read, choices, known.standing())
    if understood.problems:
        return Shown(understood, None)
    found = difference(known.tasks, known.duties, understood.tasks, understood.duties)
    other = bool(read.cases) and not same_cases(known.responses, responses_of(read))
    return Shown(understood, replace(found, cases=other))


def create(staged: NoticeImport, actor: Actor, now: datetime) -> Plan:
    """Make a draft of it: rows, duties, contingencies and the usual ladder. Nobody is given a duty
    and nobody is mailed (B-42). Done before, it is the plan that was made then (B-50).

    Raises NotPermitted, and InvalidInput while something keeps it from becoming a plan."""
    _lock(staged, actor)
    if staged.confirmed_at is not None and staged.plan_id is not None:
        return db.session.get_one(Plan, staged.plan_id)
    understood = show(staged).understood
    _require_sound(understood)
    choices = choices_from(staged.choices)
    assert understood.issued_on is not None
    assert understood.launches_on is not None
    plan = Plan(
        code=plans.free_code(plans.numbered(f"notice-{understood.issued_on}")),
        title=clean(choices.title),
        title_en="",
        issuer=clean(choices.issuer),
        issued_on=understood.issued_on,
        launches_on=understood.launches_on,
        zone=CAMPUS_ZONE,
    )
    db.session.add(plan)
    db.session.flush()
    plan_rows.add_matrix(plan, understood.tasks, understood.duties, {})
    plan_rows.add_ladder(plan, read_rules(SEED_FOLDER))
    plan_rows.add_contingencies(plan, responses_of(tables_from(staged.tables)))
    staged.plan_id, staged.confirmed_at = plan.id, now
    db.session.flush()
    audit.record(actor, now, "plan.imported", "plan", plan.id, code=plan.code, source=staged.source)
    return plan


def amend(staged: NoticeImport, actor: Actor, now: datetime, *, reason: str) -> Difference:
    """Let the plan say what the amended notice says. Ticks stay. Taken again, nothing changes and
    the answer is empty.

    Raises NotPermitted, IllegalStep for a plan that is over, StaleDifference where the difference
    is no longer what was shown, and InvalidInput."""
    _lock(staged, actor)
    plan = db.session.get_one(Plan, staged.plan_id)
    plans.touch(plan.id)
    db.session.refresh(plan)
    if staged.confirmed_at is not None:
        return Difference()
    if plan.is_over:
        raise IllegalStep(N_("The plan is over."))
    shown = show(staged)
    _require_sound(shown.understood)
    assert shown.difference is not None
    if _mark(shown.difference) != staged.shown:
        raise StaleDifference
    staged.confirmed_at = now
    notice_amendments.apply(plan, staged, shown.difference, actor, now, reason=reason)
    return shown.difference


def _require_own(staged: NoticeImport, actor: Actor) -> None:
    require_import(actor)
    if staged.user_id != actor.user_id:
        raise NotPermitted(N_("Only who brought this notice can take it."))


def _lock(staged: NoticeImport, actor: Actor) -> None:
    """Of two clicks the second one waits and sees what the first one did."""
    _require_own(staged, actor)
    db.session.scalars(
        select(NoticeImport)
        .where(NoticeImport.id == staged.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _require_sound(understood: Understood) -> None:
    if understood.problems:
        raise InvalidInput(
            "notice",
            N_("The notice cannot be taken yet. Places that need your word: %(num)s."),
            num=len(understood.problems),
        )


def _mark(found: Difference | None) -> str:
    return fingerprint(found) if found is not None else ""
