from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from tracker.domain.vocabulary import GroupPart
from tracker.web.forms import Form


class GroupForm(Form):
    part = SelectField(
        _l("Part"), choices=[SelectChoice(part.value, part.value) for part in GroupPart]
    )
    people = TextAreaField(
        _l("Names, one a line"),
        [Length(max=8000, message=_l("At most %(max)d characters, please."))],
    )
