import hashlib
from collections.abc import Iterable
from datetime import time
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, NumberRange, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.domain.reminding import FARTHEST_DAY, Rule
from tracker.domain.vocabulary import Audience, DutyRole
from tracker.web.forms import Form

_RANGE = _l("Enter a whole number from 0 to 60.")
BEFORE, AFTER = "before", "after"
_ROLES = [role for role in DutyRole if role.binding]


class _Boxes(SelectMultipleField):
    """Any number of choices as check boxes, which a phone's thumb finds."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: BaseForm) -> None:
        known = {str(choice.value) for choice in self.choices or ()}
        if not known.issuperset(self.data or ()):
            raise ValidationError(_("Choose from what is offered."))


def _offer(members: Iterable[StrEnum]) -> list[SelectChoice]:
    return [SelectChoice(member.value, member.value) for member in members]


class RuleForm(Form):
    """One rung of the ladder. `shown`: the mark of what the preview showed; without it nothing is
    saved."""

    days = IntegerField(
        _l("Days"), [InputRequired(_RANGE), NumberRange(0, FARTHEST_DAY, message=_RANGE)]
    )
    side = RadioField(
        _l("Counted from the last day"),
        choices=[
            SelectChoice(BEFORE, _l("before the last day (0: on the last day itself)")),
            SelectChoice(AFTER, _l("after the last day")),
        ],
        default=BEFORE,
    )
    at = TimeField(
        _l("Time of day"), [InputRequired(_l("Enter a time of day such as 18:00."))], format="%H:%M"
    )
    audience = _Boxes(_l("To whom"), choices=_offer(Audience))
    roles = _Boxes(_l("Only about duties with this role"), choices=_offer(_ROLES))
    repeats = BooleanField(_l("Repeat it every day until everything is settled"))
    ignores_quiet = BooleanField(_l("Last call: send it in the quiet hours too (22:00 to 7:00)"))
    working_days = BooleanField(_l("Put it off to the next working day"))
    shown = HiddenField()

    def rule(self) -> Rule:
        """What the valid form says."""
        days: int = self.days.data or 0
        return Rule(
            code="",
            day_offset=-days if self.side.data == BEFORE else days,
            at=self.at.data or time(),
            audience=frozenset(Audience(each) for each in self.audience.data or ()),
            repeats=self.repeats.data,
            ignores_quiet=self.ignores_quiet.data,
            roles=frozenset(DutyRole(each) for each in self.roles.data or ()),
            working_days=self.working_days.data,
        )

    def fill(self, rule: Rule) -> None:
        """Show a rule that stands."""
        self.days.data = abs(rule.day_offset)
        self.side.data = AFTER if rule.day_offset > 0 else BEFORE
        self.at.data = rule.at
        self.audience.data = sorted(rule.audience)
        self.roles.data = sorted(rule.roles)
        self.repeats.data = rule.repeats
        self.ignores_quiet.data = rule.ignores_quiet
        self.working_days.data = rule.working_days


def mark(rule: Rule) -> str:
    """What identifies the rule that a preview showed."""
    said = [
        rule.day_offset,
        rule.at.isoformat(),
        sorted(rule.audience),
        sorted(rule.roles),
        rule.repeats,
        rule.ignores_quiet,
        rule.working_days,
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
