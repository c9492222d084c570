import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from tracker.domain.contingencies import StepTime
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.vocabulary import Branch, DutyRole, UnitKind
from tracker.queries.plan_units import MOST_OFFERED
from tracker.services.activations import ENTRY_MAX, OUTCOME_MAX
from tracker.services.contingencies import REASON_MAX
from tracker.services.contingency_duties import STEP_MAX, TEXT_MAX
from tracker.web.forms import Form
from tracker.web.forms.assignments import NumberField

_YES_NO = AnyOf(["yes", "no"], message=_l("Choose one of the two."))
_INCOMPLETE = _l("The form is not complete: reload the page and try again.")


def _given(_form: Form, field: NumberField) -> None:
    """Blanks alone are no number."""
    if field.data is None:
        raise ValidationError(_("Enter the hours."))


class ManyField(Field):
    """The same box once for each step, in their order. `read` takes what one box holds and the
    step's number, and raises ValueError. `typed` keeps what was sent."""

    typed: tuple[str, ...] = ()
    data: list[Any]

    def __init__(self, read: Callable[[str, int], Any], **options: Any) -> None:
        super().__init__(**options)
        self.read = read

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = tuple(value.strip() for value in valuelist[:MOST_OFFERED])
        self.data = [self.read(value, number) for number, value in enumerate(self.typed, 1)]


def _hours(value: str, number: int) -> int | None:
    """Whole hours, or nothing; full-width digits are fine."""
    plain = unicodedata.normalize("NFKC", value).strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 6):
        raise ValueError(_("Step %(step)s: enter a whole number of hours.", step=number))
    return int(plain)


def _moment(value: str, number: int) -> datetime | None:
    """Campus wall time as a datetime-local box sends it, or nothing."""
    if not value:
        return None
    try:
        wall = datetime.strptime(value[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - wall time
    except ValueError:
        wall = None
    if wall is None or not 2000 <= wall.year <= 2200:
        raise ValueError(
            _("Step %(step)s: enter a date and time such as 2020-02-22T22:00.", step=number)
        )
    return wall


class StartForm(Form):
    """A start with a cut-off for each step, in hours or, where that is given, as a moment. `go`:
    show what it would do (preview), or do it (start)."""

    branch = StringField(
        validators=[Optional(), AnyOf([branch.value for branch in Branch], message=_INCOMPLETE)],
    )
    drill = StringField(validators=[AnyOf(["yes", "no"], message=_INCOMPLETE)])
    hours = ManyField(_hours, label=_l("Hours from the start"))
    moment = ManyField(_moment, label=_l("or at"))
    reason = TextAreaField(
        _l("What has happened (the units read it: no names of students)"), [Length(max=REASON_MAX)]
    )
    announce = StringField(_l("Mail everybody concerned at once"), [_YES_NO])
    listed = StringField()
    """Set where the page offered the colleges to choose from."""
    colleges = ManyField(lambda code, _number: code, label=_l("Colleges concerned"))
    go = StringField(validators=[AnyOf(["preview", "start"], message=_INCOMPLETE)])

    def chosen(self, offered: int) -> frozenset[str]:
        """Codes, none where all that were offered are concerned. Raises InvalidInput where nobody
        is."""
        codes = frozenset(self.colleges.data or ())
        if self.listed.data and not codes:
            raise InvalidInput("colleges", N_("Choose at least one college."))
        return frozenset() if len(codes) == offered else codes

    def times(self) -> tuple[StepTime, ...]:
        """Of a valid form. An empty box of hours without a moment is refused as no hour at all."""
        moments = self.moment.data or []
        given = self.hours.data or []
        if len(moments) != len(given):
            return ()
        return tuple(
            StepTime(hours or 0, moment) for hours, moment in zip(given, moments, strict=True)
        )


class ContingencyDutyForm(Form):
    text = TextAreaField(_l("What is asked"), [Length(max=TEXT_MAX)])
    hours = NumberField(_l("Hours from the start"), [InputRequired(_l("Enter the hours.")), _given])


class NewContingencyDutyForm(ContingencyDutyForm):
    """A duty that a case does not have yet."""

    title = StringField(_l("Step"), [DataRequired(_l("Name the step.")), Length(max=STEP_MAX)])
    text = TextAreaField(
        _l("What is asked"),
        [DataRequired(_l("Say what is asked of the unit.")), Length(max=TEXT_MAX)],
    )
    unit_kind = SelectField(
        _l("Kind of unit"),
        choices=[kind.value for kind in UnitKind if kind.is_asked],
        default="college",
    )
    role = SelectField(_l("How"), choices=[role.value for role in DutyRole], default="PERFORM")


class EntryForm(Form):
    text = TextAreaField(_l("New entry"), [Length(max=ENTRY_MAX)])


class StandDownForm(Form):
    outcome = TextAreaField(_l("How it ended"), [Length(max=OUTCOME_MAX)])
