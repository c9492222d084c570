from datetime import datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from tracker.services.cutoffs import REASON_MAX
from tracker.web.forms import Form
from tracker.web.forms.workdays import DayField


class CutoffForm(Form):
    """The last day, and the time on it if that is not its end."""

    day = DayField(_l("New last day"), [InputRequired(_l("Enter a day such as 2020-02-24."))])
    at = TimeField(_l("Time (left empty: 24:00)"), [Optional()], format="%H:%M")
    reason = TextAreaField(_l("Reason (the units read it)"), [Length(max=REASON_MAX)])

    def closes(self) -> datetime:
        """Campus wall time, exclusive. Of a valid form."""
        assert self.day.data is not None
        start = datetime.combine(self.day.data, time())
        if self.at.data is None or self.at.data == time():
            return start + timedelta(days=1)
        return datetime.combine(self.day.data, self.at.data)
