from datetime import time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, TimeField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, Length, ValidationError

from tracker.web.forms import Form


class OptionalTimeField(TimeField):
    """ "22:00", or nothing."""

    def pre_validate(self, form: BaseForm) -> None:
        """A body without the field says nothing; it does not say "never"."""
        if not self.raw_data:
            raise ValidationError(_("Enter a time such as 22:00."))

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            said = time.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Enter a time such as 22:00.")) from None
        self.data = said.replace(second=0, microsecond=0, tzinfo=None)


class HourForm(Form):
    """The time of day of the daily report; left empty none is made."""

    at = OptionalTimeField(_l("Every day at (empty: never)"))


class ReaderForm(Form):
    email = EmailField(
        _l("E-mail address"), [DataRequired(_l("Enter the e-mail address.")), Length(max=254)]
    )
