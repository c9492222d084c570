from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from tracker.domain.row_wordings import Cell, Wording
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.plan import Duty, Task
from tracker.queries.plan_edits import mark_of
from tracker.services.plan_edits import COUNTS_MAX, DEADLINE_MAX, TEXT_MAX, TITLE_MAX
from tracker.web.forms import Form


def _text() -> TextAreaField:
    return TextAreaField(_l("What it is asked"), [Length(max=TEXT_MAX)])


def _role() -> SelectField:
    return SelectField(_l("How"), choices=[role.value for role in DutyRole], default="PERFORM")


class RowForm(Form):
    """A row: its words, its deadline, and a cell for each kind of unit."""

    title = TextAreaField(
        _l("Problem, task and measure"),
        [DataRequired(_l("Say what has to be done.")), Length(max=TITLE_MAX)],
    )
    deadline = StringField(_l("Deadline, in the words of a notice"), [Length(max=DEADLINE_MAX)])
    counts = StringField(_l("What is counted (empty: nothing)"), [Length(max=COUNTS_MAX)])
    text_academic_affairs, role_academic_affairs = _text(), _role()
    text_student_affairs, role_student_affairs = _text(), _role()
    text_college, role_college = _text(), _role()
    text_network_centre, role_network_centre = _text(), _role()

    ask_again = BooleanField(_l("Ask units that have reported to look again"))

    seen = HiddenField()
    """`mark_of` the row that its reader saw; empty for a new row."""

    def cell(self, kind: UnitKind) -> tuple[Any, Any]:
        """Its two fields."""
        return self[f"text_{kind.value}"], self[f"role_{kind.value}"]

    def wording(self) -> Wording:
        """Of a valid form. A cell whose text was not sent is not spoken of."""
        return Wording(
            self.title.data or "",
            self.deadline.data or "",
            self.counts.data or "",
            {
                kind: Cell(DutyRole(role.data or DutyRole.PERFORM), words.data or "")
                for kind in UnitKind
                if kind.is_asked
                for words, role in [self.cell(kind)]
                if words.raw_data
            },
        )


def as_it_is(task: Task, cells: dict[UnitKind, Duty]) -> RowForm:
    """The form as the row stands."""
    values: dict[str, Any] = {"title": task.title, "deadline": task.deadline_text}
    values["counts"] = task.counts or ""
    values |= {"seen": mark_of(task), "ask_again": True}
    for kind, duty in cells.items():
        values |= {f"text_{kind.value}": duty.text, f"role_{kind.value}": duty.role.value}
    return RowForm(formdata=None, data=values)
