from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from tracker.web.forms import Form


class StaffNumberForm(Form):
    """An empty box takes the number away; none at all is no answer."""

    staff_number = StringField(_l("Staff number"), [Length(max=60)])

    def validate_staff_number(self, field: StringField) -> None:
        if not field.raw_data:
            raise ValidationError(_("The form is not complete."))


class StaffNumbersForm(Form):
    text = TextAreaField(
        _l("Lines"),
        [
            InputRequired(_l("Paste lines of an e-mail address and a staff number.")),
            Length(max=400_000),
        ],
    )
