"""What a line of the audit log says, in the reader's language: each detail with a word for it, people and roles by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.modules import MODULES, module_label
from shared.i18n import label, text

PEOPLE = ("user", "user_id", "handover_to", "owner")
"""Details that are somebody's id."""
ROLES = ("role", "roles")
"""Details that are the code of a role, or several."""


def people_in(detail: Mapping[str, Any]) -> set[str]:
    """The ids of those whom a line is about."""
    return {str(detail[name]) for name in PEOPLE if detail.get(name)}


def roles_in(detail: Mapping[str, Any]) -> set[str]:
    """The codes of the roles that a line tells of."""
    found = [detail[name] for name in ROLES if detail.get(name)]
    return {code for one in found for code in (one if isinstance(one, list) else [one])}


def facts_of(detail: Mapping[str, Any], names: Mapping[str, str], language: str) -> list[dict[str, str]]:
    """The details in order, each as {"name", "label", "value"}; `names` are those of people by id and of roles by code."""
    return [
        {"name": name, "label": label("audit", name, language, "gateway"), "value": _in_words(name, value, names, language)}
        for name, value in detail.items()
    ]


def _in_words(name: str, value: Any, names: Mapping[str, str], language: str) -> str:
    if isinstance(value, bool):
        return label("choices", f"yes_no.{str(value).lower()}", language, "gateway")
    if isinstance(value, list):
        return ", ".join(_in_words(name, one, names, language) for one in value)
    if name in ROLES:
        # As everywhere: the roles of every installation in the reader's language, the others as they were called.
        return text("choices", f"role.{value}", language, "gateway") or names.get(value, str(value or "—"))
    if name in PEOPLE:
        return names.get(value, str(value or "—"))
    if name == "module" and value in MODULES:
        return module_label(value, language)
    return str(value)
