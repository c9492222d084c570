from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from tracker.services.plan_copies import TITLE_MAX, Wish
from tracker.web.forms import Form
from tracker.web.forms.workdays import DayField


class CopyForm(Form):
    """Title and first day of teaching of the copy."""

    title = StringField(
        _l("Title"), [DataRequired(_l("Give the notice a title.")), Length(max=TITLE_MAX)]
    )
    launches_on = DayField(
        _l("Teaching starts on"), [InputRequired(_l("Enter a day such as 2020-02-24."))]
    )
    keeps = BooleanField(_l("Keep working days: a cut-off never slips onto a day off"))

    def validate_asked(self) -> bool:
        """For a look, without the token that a change needs."""
        valid = [field.validate(self) for field in (self.title, self.launches_on, self.keeps)]
        return all(valid)

    def wish(self) -> Wish:
        """Of a valid form."""
        assert self.launches_on.data is not None
        title = self.title.data or ""
        return Wish(title, self.launches_on.data, keeps_working_days=bool(self.keeps.data))
