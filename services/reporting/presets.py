"""Rows a new installation starts with: a workbench template for each default role."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.workbench.models import LoadedPreset, WorkbenchTemplate
from services.reporting.workbench.rules import PRESETS, preset_of
from shared.db import new_id
from shared.i18n import label
from shared.settings import Settings


def load(db: Session, settings: Settings) -> None:
    """Add the templates that were never added; one that an administrator changed or removed stays as they left it."""
    loaded = set(db.scalars(select(LoadedPreset.role)))
    for role in PRESETS:
        if role not in loaded:
            name = label("presets", f"workbench.{role}", settings.language, "services.reporting")
            widgets = [asdict(place) for place in preset_of(role)]
            db.add_all([LoadedPreset(role=role), WorkbenchTemplate(id=new_id(), name=name, roles=[role], widgets=widgets)])
