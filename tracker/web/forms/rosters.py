import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField, ValidationError

from tracker.web.forms import Form
from tracker.web.forms.assignments import NumberField, WallField

MOST_KEYS = 20_000
_LINES = re.compile(r"[\n\r]+")
_MARKS = re.compile(r"[,;，；、]+")


class KeysField(TextAreaField):
    """Keys as they are pasted: one a line, or with commas or semicolons between them. Of a line
    copied from a spreadsheet the first cell counts. `keys` has each once, in order."""

    @property
    def keys(self) -> list[str]:
        cells = (line.split("\t")[0] for line in _LINES.split(self.data or ""))
        typed = (key.strip() for cell in cells for key in _MARKS.split(cell))
        return list(dict.fromkeys(key for key in typed if key))


class TickForm(Form):
    """Which names: those whose boxes are ticked (`key`), those pasted (`keys`), or every one that
    the filter shows, `every` being how many its reader was told. `done_at`: when it was really
    done, if that was earlier."""

    key = SelectMultipleField(validate_choice=False)
    keys = KeysField(_l("Keys"))
    every = NumberField()
    done_at = WallField(_l("Really done at (if that was earlier)"))

    def validate_keys(self, field: KeysField) -> None:
        if len(field.keys) > MOST_KEYS:
            raise ValidationError(_("At most %(max)s keys at once, please.", max=MOST_KEYS))


class UntickForm(Form):
    """One name, by its own button (`one`), or those pasted."""

    one = StringField()
    keys = KeysField(_l("Keys"))


class ImportForm(Form):
    """A file or a pasted table."""

    file = FileField(_l("File"))
    text = TextAreaField(_l("Or paste the table here"))


class ConfirmForm(Form):
    leave_doubtful = BooleanField(_l("Leave the doubtful rows out"))
