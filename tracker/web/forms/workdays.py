from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from tracker.domain.notice_windows import FIRST_YEAR, LAST_YEAR
from tracker.services.workdays import NOTE_MAX
from tracker.web.forms import Form


class DayField(DateField):
    """An ISO date, of a year that a university may mean."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Enter a day such as 2020-02-24.")) from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(_("Enter a day such as 2020-02-24."))
        self.data = day


class WorkdayForm(Form):
    day = DayField(_l("Day"), [InputRequired(_l("Enter a day such as 2020-02-24."))])
    why = StringField(_l("Reason (for example a holiday's name)"), [Length(max=NOTE_MAX)])


class ForgetDayForm(Form):
    day = DayField(_l("Day"), [InputRequired(_l("Enter a day such as 2020-02-24."))])
