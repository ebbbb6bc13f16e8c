"""Rows a new installation starts with: a mail server that is not set yet, switched off."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.activity.mail.models import MailSettings
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add the settings row if it is missing."""
    if db.scalars(select(MailSettings)).first() is None:
        db.add(MailSettings())
