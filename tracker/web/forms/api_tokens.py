from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from tracker.domain.scopes import Scope
from tracker.web.forms.second_factors import ProofForm

DAYS = (30, 90, 365)


class ApiTokenForm(ProofForm):
    """What a token is for, what it may do, how many days it works, and who asks for it."""

    name = StringField(
        _l("What it is for"),
        [InputRequired(_l("Say what the token is for.")), Length(max=120)],
    )
    scope = SelectMultipleField(
        _l("What it may do"),
        [InputRequired(_l("Choose at least one."))],
        choices=[scope.value for scope in Scope],
        validate_choice=False,  # `scopes.chosen` does, in the reader's words.
    )
    days = RadioField(
        _l("How long it works"),
        [InputRequired(_l("Choose one.")), AnyOf([str(n) for n in DAYS], _l("Choose one."))],
        choices=[str(n) for n in DAYS],
        validate_choice=False,
    )
