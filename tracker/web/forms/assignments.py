import re
import unicodedata
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length

from tracker.domain.vocabulary import Health
from tracker.services.assignments import NOTE_MAX
from tracker.web.forms import Form

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_NOTE_LENGTH = Length(max=NOTE_MAX, message=_l("At most %(max)d characters, please."))


class NumberField(IntegerField):
    """A whole number as people type it: full-width digits and spaces around are fine. What is not
    a number comes back in the message and stays in the field."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
            return
        plain = unicodedata.normalize("NFKC", typed).strip()
        if not _WHOLE.fullmatch(plain):
            self.data = None
            shown = typed if len(typed) <= 20 else typed[:20] + "…"
            raise ValueError(
                _("“%(typed)s” is not a whole number. Use digits only, such as 120.", typed=shown)
            )
        self.data = int(plain)


class DayField(DateField):
    """An ISO date."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        try:
            self.data = date.fromisoformat(valuelist[0].strip() if valuelist else "")
        except ValueError:
            raise ValueError(_("Choose the day.")) from None


class WallField(Field):
    """Campus wall time as a datetime-local field sends it, or nothing."""

    data: datetime | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            wall = datetime.strptime(typed[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - wall time
        except ValueError:
            wall = None
        if wall is None or not 2000 <= wall.year <= 2200:
            raise ValueError(_("Enter a date and time such as 2020-02-22T22:00."))
        self.data = wall


class SeenForm(Form):
    """Which version of the assignment its reader saw, and the page to go back to."""

    version = NumberField(
        validators=[InputRequired(_l("The form is not complete: reload the page and try again."))]
    )
    next = HiddenField()


class CheckOffForm(SeenForm):
    count = NumberField(_l("Number"))
    note = TextAreaField(_l("Note (optional)"), [_NOTE_LENGTH])
    done_at = WallField(_l("Really done at (if that was earlier)"))


class SendBackForm(SeenForm):
    reason = TextAreaField(_l("Reason for sending back"), [_NOTE_LENGTH])


class WaiveForm(SeenForm):
    reason = TextAreaField(_l("Why it does not apply"), [_NOTE_LENGTH])


class ReopenForm(SeenForm):
    reason = TextAreaField(_l("Why it is asked for again"), [_NOTE_LENGTH])


class CheckInForm(Form):
    """The service knows which days the duty has."""

    day = DayField(_l("Day"))
    health = StringField(
        _l("Status"), [AnyOf(list(Health), _l("Choose normal, trouble or recovered."))]
    )
    note = TextAreaField(_l("Note"), [_NOTE_LENGTH])
    next = HiddenField()


class BulkForm(Form):
    """The note that all chosen duties share; each of them has a `ChosenForm` of its own."""

    note = TextAreaField(_l("One note for all (optional)"), [_NOTE_LENGTH])
    done_at = WallField(_l("Really done at (if that was earlier)"))


class ChosenForm(Form):
    """One chosen duty; its fields carry the assignment's id as prefix: `42-version`, `42-count`."""

    class Meta:
        csrf = False  # The page's one token is checked by BulkForm.

    version = NumberField(
        validators=[InputRequired(_l("The form is not complete: reload the page and try again."))]
    )
    count = NumberField(_l("Number"))
