from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from tracker.services.workdays import NOTE_MAX
from tracker.web.forms import Form


class DayField(DateField):
    """An ISO date."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            self.data = date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Enter a day such as 2020-02-24.")) from None


class WorkdayForm(Form):
    day = DayField(_l("Day"), [InputRequired(_l("Enter a day such as 2020-02-24."))])
    why = StringField(_l("Reason (for example a holiday's name)"), [Length(max=NOTE_MAX)])


class ForgetDayForm(Form):
    day = DayField(_l("Day"), [InputRequired(_l("Enter a day such as 2020-02-24."))])
