from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from tracker.language import LOCALES
from tracker.web.forms import Form


class LoginForm(Form):
    email = EmailField(_l("E-mail address"), [InputRequired(), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=128)])


class PasswordForm(Form):
    current = PasswordField(_l("Current password"), [InputRequired(), Length(max=128)])
    password = PasswordField(_l("New password"), [InputRequired(), Length(max=128)])
    repeat = PasswordField(
        _l("New password again"),
        [InputRequired(), EqualTo("password", _l("The two new passwords differ."))],
    )


class LanguageForm(Form):
    locale = SelectField(_l("Language"), choices=[SelectChoice(*item) for item in LOCALES.items()])
