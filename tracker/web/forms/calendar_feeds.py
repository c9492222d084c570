from wtforms import StringField
from wtforms.validators import Length

from tracker.web.forms import Form


class CalendarFeedForm(Form):
    """`unit`: the code of one of the person's units, empty for the person's own feed."""

    unit = StringField(validators=[Length(max=40)])
