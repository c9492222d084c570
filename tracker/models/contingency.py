"""What units do when a contingency arises; the case itself stands with its notice in `plan`."""

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base
from tracker.domain.vocabulary import Branch, Cadence, DutyRole, UnitKind
from tracker.models.types import EnumText


class ContingencyDuty(Base):
    """What one kind of unit does in one step of a case, within `hours` of its trigger. `branch`: in
    that phase of teaching only, None in either. Duties of one step share its title and hours. A
    daily one is reported every day from the trigger until the case is stood down."""

    __tablename__ = "contingency_duty"
    __table_args__ = (UniqueConstraint("contingency_id", "branch", "step", "unit_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contingency_id: Mapped[int] = mapped_column(ForeignKey("contingency.id"))
    branch: Mapped[Branch | None] = mapped_column(EnumText(Branch))
    step: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    unit_kind: Mapped[UnitKind] = mapped_column(EnumText(UnitKind))
    role: Mapped[DutyRole] = mapped_column(EnumText(DutyRole))
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    hours: Mapped[int]
    cadence: Mapped[Cadence] = mapped_column(EnumText(Cadence), default=Cadence.ONCE)
