"""A unit's page: its duties in piles, one tap to tick one, one note to tick several."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from tracker import language
from tracker.db import transaction
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import IllegalStep, InvalidInput, StaleVersion
from tracker.permissions import require_act
from tracker.queries import second_looks
from tracker.queries.audit import head
from tracker.queries.mine import DutyCard, mine
from tracker.queries.standing import notices
from tracker.services import assignments
from tracker.web import fetch
from tracker.web.filters import locale, now
from tracker.web.forms.assignments import BulkForm, ChosenForm

blueprint = Blueprint("mine", __name__)
MOST = 200


@dataclass
class Chosen:
    """The duties of one bulk tick. `forms` by assignment id; `changed` were reported by somebody
    else meanwhile; `kept` are ticked on the page that comes back."""

    cards: list[DutyCard]
    forms: Mapping[int, ChosenForm]
    kept: set[int]
    changed: set[int] = field(default_factory=set)

    @property
    def tickable(self) -> list[DutyCard]:
        return [card for card in self.cards if card.tickable]

    @property
    def others(self) -> list[DutyCard]:
        """Chosen, but not to be ticked (any more)."""
        return [card for card in self.cards if not card.tickable]

    def version(self, card: DutyCard) -> int:
        """What the page goes by: the version that its reader was shown first; after a change by
        somebody else, which the page tells, the new one."""
        seen = self.forms[card.assignment_id].version.data
        return card.version if card.assignment_id in self.changed or seen is None else seen


class _Refused(Exception):
    """Something about at least one duty could not be taken: nothing is saved."""


@blueprint.get("/mine")
@login_required
def show() -> ResponseReturnValue:
    view = mine(current_user.actor.unit_ids, now())
    told = notices(current_user.actor, now())
    reported = any(card.said is not None for card in view.cards)
    looks = second_looks.of_units(current_user.actor.unit_ids) if reported else {}
    return render_template("mine/show.html", view=view, notices=told, head=head(), looks=looks)


@blueprint.get("/mine/check-off")
@login_required
def choose() -> ResponseReturnValue:
    """The chosen duties (`?id=1&id=2`) on one page, with one note."""
    ids = _ids(request.args.getlist("id"))
    if not ids:
        flash(_("Choose the duties first: tick the box beside each of them."))
        return redirect(url_for("mine.show"), 303)
    return _page(_chosen(ids, bound=False), BulkForm(formdata=None))


@blueprint.post("/mine/check-off")
@login_required
def check_off() -> ResponseReturnValue:
    """All chosen duties in one transaction, or none of them and a word beside each problem."""
    kept = _ids(request.form.getlist("id"))
    chosen = _chosen(kept | _ids(request.form.getlist("offered")), kept=kept)
    form = BulkForm()
    if not kept:
        return _page(chosen, form, _("Choose at least one duty.")), 422
    valid = [chosen.forms[assignment_id].validate() for assignment_id in sorted(kept)]
    if not form.validate() or not all(valid):
        return _page(chosen, form), 422
    try:
        with transaction():
            _check_off_all(chosen, form)
    except _Refused:
        status = 409 if chosen.changed else 422
        fresh = _chosen({card.assignment_id for card in chosen.cards}, kept=kept)
        fresh.forms, fresh.changed = chosen.forms, chosen.changed
        return _page(fresh, form), status
    said = ngettext("%(num)s duty is reported.", "%(num)s duties are reported.", len(kept))
    flash(said)
    return redirect(url_for("mine.show"), 303)


def _check_off_all(chosen: Chosen, form: BulkForm) -> None:
    """In order of plans, so that two bulk ticks never wait for each other. Raises _Refused at the
    end, so that the reader hears of every problem at once."""
    refused, wall = False, form.done_at.data
    plans = {card.assignment_id: card.plan_id for card in chosen.cards}
    for assignment_id in sorted(chosen.kept, key=lambda each: (plans[each], each)):
        typed = chosen.forms[assignment_id]
        assignment = fetch.get_assignment_for(current_user.actor, assignment_id)
        try:
            assignments.check_off(
                assignment,
                current_user.actor,
                now(),
                seen_version=typed.version.data,
                count=typed.count.data,
                note=form.note.data or "",
                done_at=to_instant(wall, assignment.duty.plan.zone) if wall else None,
            )
        except (StaleVersion, IllegalStep):
            chosen.changed.add(assignment_id)
            refused = True
        except InvalidInput as problem:
            at = form[problem.field] if problem.field in form.data else typed.count
            at.errors = [language.error(locale(), problem)]
            refused = True
    if refused:
        raise _Refused


def _ids(typed: list[str]) -> set[int]:
    """400 for what is no number; 404 for one that is nothing's id."""
    if len(typed) > MOST:
        abort(400)
    return {fetch.number(text) for text in typed}


def _chosen(ids: set[int], *, kept: set[int] | None = None, bound: bool = True) -> Chosen:
    """404 for a foreign duty, 403 for one that the reader may only look at."""
    actor = current_user.actor
    own = {card.assignment_id: card for card in mine(actor.unit_ids, now()).cards}
    for assignment_id in ids - set(own):
        require_act(actor, fetch.get_assignment_for(actor, assignment_id))
        abort(404)  # A duty of a plan that is closed.
    forms = {
        assignment_id: ChosenForm(
            formdata=request.form if bound else None, prefix=f"{assignment_id}-"
        )
        for assignment_id in ids
    }
    cards = [card for card in own.values() if card.assignment_id in ids]
    return Chosen(cards, forms, ids if kept is None else kept)


def _page(chosen: Chosen, form: BulkForm, problem: str = "") -> str:
    return render_template("mine/check_off.html", chosen=chosen, form=form, problem=problem)
