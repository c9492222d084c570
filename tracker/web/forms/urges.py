from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from tracker.services.urges import WORDS_MAX
from tracker.web.forms import Form

_LENGTH = Length(max=WORDS_MAX, message=_l("At most 200 characters."))


class UrgeForm(Form):
    """The picked assignments stand in `id`, read from the request."""

    words = TextAreaField(_l("A word of yours (optional)"), [_LENGTH])


class AnswerForm(Form):
    words = StringField(_l("Short answer"), [_LENGTH])
