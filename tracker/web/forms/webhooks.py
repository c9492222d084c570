from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from tracker.domain.webhooks import CHOICES, URL_MAX
from tracker.web.forms import Form


class WebhookForm(Form):
    """Where to call, and about what."""

    url = StringField(
        _l("Web address"), [InputRequired(_l("Enter the web address.")), Length(max=URL_MAX)]
    )
    event = SelectMultipleField(
        _l("What it is told"),
        [InputRequired(_l("Choose at least one event."))],
        choices=[event.value for event in CHOICES],
        validate_choice=False,  # `domain.webhooks.chosen` does, in the reader's words.
    )
