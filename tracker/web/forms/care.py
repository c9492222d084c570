from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from tracker.services.care import TEXT_MAX
from tracker.web.forms import Form
from tracker.web.forms.assignments import NumberField

_INCOMPLETE = _l("The form is not complete: reload the page and try again.")
_LENGTH = Length(max=TEXT_MAX, message=_l("At most %(max)d characters, please."))


def _given(_form: Form, field: NumberField) -> None:
    """Blanks alone are no number."""
    if field.data is None:
        raise ValidationError(_INCOMPLETE)


class CareForm(Form):
    """`version` 0: its writer saw no record yet."""

    version = NumberField(
        validators=[InputRequired(_INCOMPLETE), _given],
    )
    need = TextAreaField(_l("Situation and needs"), [_LENGTH])
    help = TextAreaField(_l("Help given"), [_LENGTH])
    outcome = TextAreaField(_l("What came of it"), [_LENGTH])
