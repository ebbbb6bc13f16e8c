"""Writes of workbench templates, and what they ask identity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.reporting.workbench.models import WorkbenchTemplate
from services.reporting.workbench.rules import WIDGETS, Place, problem_with
from shared.bus import Call
from shared.errors import Invalid
from shared.people import check_roles


def check_template(call: Call, data: dict[str, Any]) -> None:
    """Before saving: each widget is there once, in a size that it can have, and the roles are there. Raises Invalid naming the field."""
    places = [Place(**one) for one in data.get("widgets", ())]
    if problem := problem_with(places):
        index, field, code = problem
        sizes = ", ".join(WIDGETS[places[index].code].sizes)
        raise Invalid.field(f"widgets.{index}.{field}", code, sizes=sizes)
    check_roles(call, "roles", data.get("roles") or [])


def forget_role(db: Session, code: str) -> None:
    """A role is gone: no template is for it any more, in the recycle bin neither."""
    for template in db.scalars(select(WorkbenchTemplate).with_for_update()):
        if code in template.roles:
            template.roles = [role for role in template.roles if role != code]
