from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from tracker.web.forms import Form
from tracker.web.forms.workdays import DayField


class _OptionalDayField(DayField):
    """Left empty it says nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        else:
            self.data = None


class _AnswerField(_OptionalDayField):
    """A body without the field is no answer."""

    def pre_validate(self, form: BaseForm) -> None:
        if not self.raw_data:
            raise ValidationError(_("Enter a day such as 2020-02-24."))


class WindowForm(Form):
    """The school's own window; an empty half is the standard's."""

    opens = _OptionalDayField(_l("First day"))
    closes = _OptionalDayField(_l("Last day"))

    def days(self) -> tuple[date | None, date | None]:
        return self.opens.data, self.closes.data


class AllowedForm(Form):
    """`allowed`: yes or no."""

    allowed = StringField(_l("Make-up exams"))

    def validate_allowed(self, field: Field) -> None:
        if field.data not in ("yes", "no"):
            raise ValidationError(_("Choose yes or no."))


class ResultsForm(Form):
    """Left empty: the day is not known."""

    day = _AnswerField(_l("Results come out on"))
