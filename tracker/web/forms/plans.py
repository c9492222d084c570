from wtforms import StringField
from wtforms.validators import AnyOf

from tracker.domain.vocabulary import LifeStep
from tracker.web.forms import Form


class SwitchForm(Form):
    """Something is to be on or off, said in so many words."""

    on = StringField(validators=[AnyOf(["yes", "no"])])

    @property
    def wanted(self) -> bool:
        return self.on.data == "yes"


class LifeForm(Form):
    """A step in a plan's life."""

    step = StringField(validators=[AnyOf([each.value for each in LifeStep])])
