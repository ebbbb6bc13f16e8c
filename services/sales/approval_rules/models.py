"""Tables of approval rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.sales.models import Base
from shared.db import MoneyType, PercentType, Record


class ApprovalRule(Record, Base):
    """Which orders it is for (within all its bounds) and the steps they go through, in the shape of RuleStepSchema.

    The active rule with the lowest position that is for an order decides.
    """

    __tablename__ = "approval_rules"

    name: Mapped[str] = mapped_column(String(120))
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    min_amount: Mapped[Decimal | None] = mapped_column(MoneyType())
    min_discount: Mapped[Decimal | None] = mapped_column(PercentType())
    max_margin: Mapped[Decimal | None] = mapped_column(PercentType())
    may_approve_own: Mapped[bool] = mapped_column(default=False)
    steps: Mapped[list[Any]]
