from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length

from tracker.services.assignments import NOTE_MAX
from tracker.web.forms import Form

MOST = 500


class BulkReviewForm(Form):
    """Verify or send back several reports. `picked`: assignment ids, each with the version that
    was seen in a field `version-<id>` of its own."""

    picked = SelectMultipleField(name="id", coerce=int, validate_choice=False)
    reason = TextAreaField(
        _l("Reason for sending back"),
        [Length(max=NOTE_MAX, message=_l("At most %(max)d characters, please."))],
    )
    plan = StringField()
    unit = StringField()
