from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from tracker.web.forms import Form


class StaffNumberForm(Form):
    staff_number = StringField(_l("Staff number"), [Length(max=60)])


class StaffNumbersForm(Form):
    text = TextAreaField(
        _l("Lines"),
        [
            InputRequired(_l("Paste lines of an e-mail address and a staff number.")),
            Length(max=400_000),
        ],
    )
