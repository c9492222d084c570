"""The colleges to which a plan is limited."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base


class PlanUnit(Base):
    """A college that a started contingency concerns. A plan without any concerns all of them; what
    it asks of offices is asked in any case."""

    __tablename__ = "plan_unit"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
