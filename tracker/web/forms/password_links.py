from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from tracker.web.forms import Form


class ForgotForm(Form):
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter the e-mail address.")), Length(max=254)]
    )


class NewPasswordForm(Form):
    password = PasswordField(_l("New password"), [InputRequired(), Length(max=128)])
    repeat = PasswordField(
        _l("New password again"),
        [InputRequired(), EqualTo("password", _l("The two new passwords differ."))],
    )
