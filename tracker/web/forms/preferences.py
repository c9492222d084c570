from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.notices import EARLIEST_HOUR, LATEST_HOUR
from tracker.web.forms import Form

AT_ONCE = "now"


class PreferencesForm(Form):
    """`digest_hour`: an hour of the day, or at once."""

    digest_hour = SelectField(
        _l("When information is mailed"),
        choices=[
            SelectChoice(AT_ONCE, _l("at once")),
            *(
                SelectChoice(str(hour), f"{hour:02}:00")
                for hour in range(EARLIEST_HOUR, LATEST_HOUR + 1)
            ),
        ],
    )
    named_in_group = BooleanField(_l("Name me too in my unit's chat group, where it has a robot"))
    paused = BooleanField(_l("Send me no information at all"))

    @property
    def hour(self) -> int | None:
        """Of a valid form."""
        return None if self.digest_hour.data == AT_ONCE else int(self.digest_hour.data)
