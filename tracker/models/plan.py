"""An issued notice: its rows, its cells, its contingency table."""

from datetime import date, datetime, time

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    String,
    Text,
    Time,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base
from tracker.domain.vocabulary import Cadence, DutyRole, Phase, UnitKind
from tracker.models.types import EnumText, UTCDateTime


class Plan(Base):
    """A notice with its matrix: a draft until `published_at`, in force from then on, over from
    `closed_at` or `archived_at` on; what is archived is no longer listed. Of `is_template` only
    copies are made. `spans_campuses`: it is laid on units of universities (`Unit.parent_id`).
    `parent_id`: the plan of which this is a `phase`, or whose contingency it answers. `changes`
    counts every change to its assignments. `announced_at`: when its opening notice was sent, campus
    time; `acts_by_mail`: a plain tick may be made with the link of a mail alone; `summary_at`: the
    campus time of day at which academic affairs and heads are mailed where things stand, None for
    never; `report_at`: the campus time of day at which a report is frozen every day, None for
    never."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date] = mapped_column(Date)
    launches_on: Mapped[date] = mapped_column(Date)
    zone: Mapped[str] = mapped_column(String(60))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_template: Mapped[bool] = mapped_column(default=False)
    spans_campuses: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), index=True)
    phase: Mapped[Phase | None] = mapped_column(EnumText(Phase))
    changes: Mapped[int] = mapped_column(default=0)
    acts_by_mail: Mapped[bool] = mapped_column(default=False)
    announced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    summary_at: Mapped[time | None] = mapped_column(Time)
    report_at: Mapped[time | None] = mapped_column(Time)

    tasks: Mapped[list["Task"]] = relationship(back_populates="plan", order_by="Task.number")

    @property
    def is_over(self) -> bool:
        """Nothing is asked of anybody any more."""
        return self.closed_at is not None or self.archived_at is not None

    @property
    def began_at(self) -> datetime:
        """When it was published. Raises LookupError for a draft."""
        if self.published_at is None:
            raise LookupError(f"plan {self.id} is a draft")
        return self.published_at


FOREMOST = (
    Plan.parent_id.is_not(None),
    Plan.closed_at.is_not(None),
    Plan.published_at.desc(),
    Plan.id.desc(),
)
"""The order in which plans are offered: notices before their phases and contingencies, those in
force before closed ones, the latest first."""


def listed(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Plans that their units see: published, not archived."""
    return and_(Plan.published_at <= now, Plan.archived_at.is_(None))


def in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Plans that ask something of their units: listed and not closed."""
    return and_(listed(now), Plan.closed_at.is_(None))


class Task(Base):
    """A row. `opens` and `closes` are campus wall time in the plan's zone, `closes` exclusive;
    `deadline_text` keeps the notice's own words. `counts` names what is counted, if anything.
    `dropped_at`: an amended notice no longer has the row."""

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    deadline_text: Mapped[str] = mapped_column(String(60))
    opens: Mapped[datetime | None] = mapped_column(DateTime)
    closes: Mapped[datetime] = mapped_column(DateTime)
    counts: Mapped[str | None] = mapped_column(String(60))
    counts_en: Mapped[str | None] = mapped_column(String(60))
    target: Mapped[int | None]
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    plan: Mapped[Plan] = relationship(back_populates="tasks")


class CutoffMove(Base):
    """A row's cut-off was moved. `earlier`, `later`: campus wall time, exclusive, as in Task."""

    __tablename__ = "cutoff_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    earlier: Mapped[datetime] = mapped_column(DateTime)
    later: Mapped[datetime] = mapped_column(DateTime)
    reason: Mapped[str] = mapped_column(Text)

    task: Mapped[Task] = relationship()


class DutyTask(Base):
    """Which rows a duty covers: one, or all that a merged cell spans."""

    __tablename__ = "duty_task"

    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True, index=True)


class Duty(Base):
    """A cell: what one kind of unit does. `opens_at` and `due_at` are the instants of its rows'
    windows; `reviewed`: a report needs the row's inspector; `counted`: it carries a number.
    `report_on`, `open_ended`: see `standing.Rhythm`; `report_by`: campus time of day by which a
    standing duty's word is due, None for the day's end. `group_parts`: the parts of
    the working group that the duty asks its unit to set up, a space-separated list. `dropped_at`:
    an amended notice no longer asks it; who has reported it keeps the report."""

    __tablename__ = "duty"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    unit_kind: Mapped[UnitKind] = mapped_column(EnumText(UnitKind))
    role: Mapped[DutyRole] = mapped_column(EnumText(DutyRole))
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    cadence: Mapped[Cadence] = mapped_column(EnumText(Cadence))
    reviewed: Mapped[bool]
    counted: Mapped[bool]
    target: Mapped[int | None]
    opens_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    report_on: Mapped[int | None]
    open_ended: Mapped[bool] = mapped_column(default=False)
    report_by: Mapped[time | None] = mapped_column(Time)
    group_parts: Mapped[str] = mapped_column(String(60), default="")
    dropped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    plan: Mapped[Plan] = relationship()
    tasks: Mapped[list[Task]] = relationship(secondary="duty_task", order_by="Task.number")


class ContingencyResponse(Base):
    """What to do and what to watch; rows of table 2 whose cells are merged share one."""

    __tablename__ = "contingency_response"

    id: Mapped[int] = mapped_column(primary_key=True)
    response: Mapped[str] = mapped_column(Text)
    response_en: Mapped[str] = mapped_column(Text)
    focus: Mapped[str] = mapped_column(Text)
    focus_en: Mapped[str] = mapped_column(Text)


class Contingency(Base):
    """A row of table 2: the case that may arise."""

    __tablename__ = "contingency"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    trigger: Mapped[str] = mapped_column(Text)
    trigger_en: Mapped[str] = mapped_column(Text)
    response_id: Mapped[int] = mapped_column(ForeignKey("contingency_response.id"))

    response: Mapped[ContingencyResponse] = relationship()
