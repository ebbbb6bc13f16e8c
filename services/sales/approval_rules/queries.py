"""Reads of approval rules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.sales.approval_rules.models import ApprovalRule

LIVE = ApprovalRule.deleted_at.is_(None)


def active_rules(db: Session) -> Sequence[ApprovalRule]:
    """The rules that are switched on, in the order in which they are asked."""
    in_turn = select(ApprovalRule).where(LIVE, ApprovalRule.is_active).order_by(ApprovalRule.position, ApprovalRule.id)
    return db.scalars(in_turn).all()


def last_position(db: Session) -> int:
    """The place of the rule that is asked last; 0 where there is none."""
    return db.scalar(select(func.max(ApprovalRule.position)).where(LIVE)) or 0
