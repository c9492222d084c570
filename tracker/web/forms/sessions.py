from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import Length

from tracker.web.forms import Form


class DevicesForm(Form):
    """Besides the devices, by number: asked of whoever has a password."""

    current = PasswordField(_l("Current password"), [Length(max=128)])
