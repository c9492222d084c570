from wtforms import StringField
from wtforms.validators import InputRequired, Length

from tracker.web.forms import Form

OWN = "-"


class CalendarFeedForm(Form):
    """`unit`: the code of one of the person's units, or OWN for the person's own feed."""

    unit = StringField(validators=[InputRequired(), Length(max=40)])
