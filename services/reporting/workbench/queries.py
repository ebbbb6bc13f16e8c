"""Reads of the workbench."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.reporting.workbench.models import WorkbenchTemplate
from services.reporting.workbench.rules import CATALOGUE, by_permission, gathered
from shared.bus import Call
from shared.i18n import label


def my_workbench(call: Call) -> dict[str, Any]:
    """The widgets of the active templates of the caller's roles, the oldest template first; without one, those of their work."""
    active = select(WorkbenchTemplate.roles, WorkbenchTemplate.widgets).where(
        WorkbenchTemplate.deleted_at.is_(None), WorkbenchTemplate.is_active
    )
    mine = [widgets for roles, widgets in call.db.execute(active.order_by(WorkbenchTemplate.id)) if set(roles) & set(call.caller.roles)]
    places = gathered(mine, call.caller.may) if mine else by_permission(call.caller.may)
    return {"items": [{"code": one.code, "title": _title(call, one.code), "size": one.size} for one in places]}


def catalogue(call: Call) -> dict[str, Any]:
    """Every widget, in the caller's language."""
    return {
        "items": [{"code": one.code, "title": _title(call, one.code), "sizes": one.sizes, "permissions": one.needs} for one in CATALOGUE]
    }


def _title(call: Call, code: str) -> str:
    return label("choices", f"workbench_template.code.{code}", call.caller.language, call.package)
