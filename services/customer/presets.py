"""Rows a new installation starts with: the service levels of tickets."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.customer.tickets.models import TicketSettings
from services.customer.tickets.rules import SERVICE_LEVELS
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add what is missing."""
    if db.scalar(select(TicketSettings.id)) is None:
        db.add(TicketSettings(service_levels={priority.value: hours for priority, hours in SERVICE_LEVELS.items()}))
