from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from tracker.domain.vocabulary import Post
from tracker.web.forms import Form


class OptionalDayField(DateField):
    """An ISO date, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("Enter a day such as 2020-02-24.")) from None


class SuccessorForm(Form):
    """Who: an account's address; `name` only for a person who has none yet."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter the e-mail address.")), Length(max=254)]
    )
    name = StringField(_l("Name (only for a new person)"), [Length(max=120)])


class PostForm(SuccessorForm):
    """Both days count; left empty the post is held at once and for good."""

    post = SelectField(_l("Post"), choices=[SelectChoice(post.value, post.value) for post in Post])
    starts_on = OptionalDayField(_l("From (optional)"))
    ends_on = OptionalDayField(_l("Last day (optional)"))
