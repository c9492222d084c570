from wtforms import StringField
from wtforms.validators import AnyOf

from tracker.web.forms import Form


class SwitchForm(Form):
    """Something is to be on or off, said in so many words."""

    on = StringField(validators=[AnyOf(["yes", "no"])])

    @property
    def wanted(self) -> bool:
        return self.on.data == "yes"
