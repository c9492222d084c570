from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from tracker.web.forms import Form

_SHORT = Length(max=100, message=_l("At most %(max)d characters, please."))


class ConfirmLinkForm(Form):
    """`q` looks for a name; `key` confirms one that was found."""

    q = StringField(_l("Name or key"), [_SHORT])
    key = HiddenField(validators=[_SHORT])
