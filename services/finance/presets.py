"""Rows a new installation starts with: one instalment of 100 %, due on the order date."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.finance.models import FinanceSettings
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add the settings row if it is missing."""
    if db.scalars(select(FinanceSettings)).first() is None:
        db.add(FinanceSettings(default_instalments=[{"share": "100.00", "days_after": 0}]))
