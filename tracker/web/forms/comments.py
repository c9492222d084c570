from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from tracker.services.comments import COMMENT_MAX
from tracker.web.forms import Form


class CommentForm(Form):
    words = TextAreaField(
        _l("Ask or answer"),
        [Length(max=COMMENT_MAX, message=_l("At most %(max)d characters, please."))],
    )
