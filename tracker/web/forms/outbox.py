"""Decisions about messages."""

from wtforms import RadioField
from wtforms.validators import InputRequired

from tracker.web.forms import Form


class HeldForm(Form):
    decision = RadioField(choices=["send", "discard"], validators=[InputRequired()])
