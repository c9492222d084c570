from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.notice_choices import Choices, ColumnChoice, RowChoice
from tracker.services.cutoffs import REASON_MAX
from tracker.web.forms import Form
from tracker.web.forms.workdays import DayField

_LONGEST = 4000


class NoticeFileForm(Form):
    """A file; its days, where the file does not say them."""

    file = FileField(_l("File (.docx, .xlsx, .csv or .pdf, up to 8 MB)"))
    issued_on = DayField(_l("Date of the notice (if it is not in the file)"), [Optional()])
    launches_on = DayField(_l("Teaching starts on"), [Optional()])


def _many() -> SelectMultipleField:
    return SelectMultipleField(validate_choice=False)


class ChoicesForm(Form):
    """What a person decides about a notice: the notice's own facts, then of every column and of
    every row one value each, in their order; `cell` row by row. `leave`: positions of rows that
    are left out."""

    title = TextAreaField()
    issuer = StringField()
    issued_on = StringField()
    launches_on = StringField()
    kind = _many()
    cadence = _many()
    report_by = _many()
    number = _many()
    deadline = _many()
    task = _many()
    opens = _many()
    closes = _many()
    counts = _many()
    counted = _many()
    held_by = _many()
    cell = _many()
    leave = _many()

    def applied(self, kept: Choices) -> Choices:
        """`kept` with what was sent; what was not sent stays. Raises InvalidInput for a list that
        is not as long as the page's, and for a body without the page's fields."""
        if not self.title.raw_data:
            raise InvalidInput("notice", N_("The page was sent incompletely. Load it anew."))
        head = {
            name: _clean(self[name].data) if self[name].raw_data else getattr(kept, name)
            for name in ("title", "issuer", "issued_on", "launches_on")
        }
        return replace(kept, columns=self._columns(kept), rows=self._rows(kept), **head)

    def _columns(self, kept: Choices) -> tuple[ColumnChoice, ...]:
        lists = {
            name: self._sent(name, [getattr(column, name) for column in kept.columns])
            for name in ("kind", "cadence", "report_by")
        }
        return tuple(
            ColumnChoice(**dict(zip(lists, values, strict=True)))
            for values in zip(*lists.values(), strict=True)
        )

    def _rows(self, kept: Choices) -> tuple[RowChoice, ...]:
        fields = {"task": "title", "counted": "target"}
        names = ("number", "deadline", "task", "opens", "closes", "counts", "counted", "held_by")
        lists = {
            fields.get(name, name): self._sent(
                name, [getattr(row, fields.get(name, name)) for row in kept.rows]
            )
            for name in names
        }
        cells = self._sent("cell", [cell for row in kept.rows for cell in row.cells])
        wide = len(kept.columns)
        left = {str(at) for at, row in enumerate(kept.rows) if row.leave}
        if self.number.raw_data:
            left = set(self.leave.data or ())
        return tuple(
            RowChoice(
                **{name: values[at] for name, values in lists.items()},
                cells=tuple(cells[at * wide : (at + 1) * wide]),
                leave=str(at) in left,
            )
            for at in range(len(kept.rows))
        )

    def _sent(self, name: str, kept: Sequence[str]) -> list[str]:
        sent: list[Any] = self[name].raw_data or []
        if not sent:
            return list(kept)
        if len(sent) != len(kept):
            raise InvalidInput("notice", N_("The page was sent incompletely. Load it anew."))
        return [_clean(value) for value in sent]


def _clean(value: object) -> str:
    return text.clean(str(value or ""))[:_LONGEST]


class AmendForm(Form):
    reason = TextAreaField(
        _l("Reason (the units read it)"),
        [
            DataRequired(_l("Say why the notice is amended: the units read it.")),
            Length(max=REASON_MAX),
        ],
    )
