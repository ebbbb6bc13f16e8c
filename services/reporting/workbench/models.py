"""Tables of the workbench."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.reporting.models import Base
from shared.db import Record


class WorkbenchTemplate(Record, Base):
    """The widgets that people with some roles get: `widgets` in the shape of PlaceInput, `roles` by their codes."""

    __tablename__ = "workbench_templates"

    name: Mapped[str] = mapped_column(String(120))
    is_active: Mapped[bool] = mapped_column(default=True)
    roles: Mapped[list[str]]
    widgets: Mapped[list[Any]]


class LoadedPreset(Base):
    """A role whose default template was added once: what became of it since is the administrator's."""

    __tablename__ = "loaded_presets"

    role: Mapped[str] = mapped_column(String(40), primary_key=True)
