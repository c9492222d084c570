from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from tracker.web.forms import Form


class CodeForm(Form):
    code = StringField(
        _l("Code"), [InputRequired(_l("Enter the code that the telephone shows.")), Length(max=60)]
    )


class ProofForm(Form):
    """Each is asked of whoever has it."""

    current = PasswordField(_l("Current password"), [Length(max=128)])
    code = StringField(_l("Code of the telephone"), [Length(max=60)])


class ResetForm(Form):
    reason = StringField(
        _l("How did you make sure who asks?"),
        [DataRequired(_l("Write how you made sure.")), Length(max=200)],
    )
