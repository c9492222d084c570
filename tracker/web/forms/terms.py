from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField
from wtforms.validators import InputRequired

from tracker.web.forms import Form
from tracker.web.forms.workdays import DayField


class _OptionalDayField(DayField):
    """Left empty it says nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        else:
            self.data = None


class WindowForm(Form):
    """The school's own window; an empty half is the standard's."""

    opens = _OptionalDayField(_l("First day"))
    closes = _OptionalDayField(_l("Last day"))

    def days(self) -> tuple[date | None, date | None]:
        return self.opens.data, self.closes.data


class AllowedForm(Form):
    allowed = RadioField(
        _l("Make-up exams"),
        [InputRequired(_l("Choose yes or no."))],
        choices=[("yes", _l("Yes")), ("no", _l("No"))],
        validate_choice=False,
    )

    def validate_allowed(self, field: Field) -> None:
        if field.data not in ("yes", "no"):
            raise ValueError(_("Choose yes or no."))


class ResultsForm(Form):
    """Left empty: the day is not known."""

    day = _OptionalDayField(_l("Results come out on"))
