"""What a line of the audit log says, in the reader's language: each detail with a word for it, people and roles by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.filters import in_words, tree_of, values_in
from gateway.modules import MODULES, module_label, package_of
from shared.i18n import LANGUAGES, label, text

PEOPLE = ("user", "user_id", "handover_to", "owner")
"""Details that are somebody's id."""
ROLES = ("role", "roles")
"""Details that are the code of a role, or several."""
ID_LENGTH = 36
SETTERS = {
    "pool": "services.pool",
    "pools": "services.pool",
    "finance": "services.finance",
    "mail": "services.activity",
    "approval-rules": "services.sales",
    "workbench": "services.reporting",
}
"""Whose words tell of the fields of a setting, by how its address begins."""


def people_in(detail: Mapping[str, Any]) -> set[str]:
    """The ids of those whom a line is about, and of those whom its filter may name."""
    filtered = tree_of(detail.get("filter"))
    compared = {one for one in values_in(filtered) if isinstance(one, str) and len(one) == ID_LENGTH} if filtered else set()
    return {str(detail[name]) for name in PEOPLE if detail.get(name)} | compared


def roles_in(detail: Mapping[str, Any]) -> set[str]:
    """The codes of the roles that a line tells of."""
    found = [detail[name] for name in ROLES if detail.get(name)]
    return {code for one in found for code in (one if isinstance(one, list) else [one])}


def facts_of(detail: Mapping[str, Any], names: Mapping[str, str], language: str) -> list[dict[str, str]]:
    """The details in order but for empty lists, each as {"name", "label", "value"}; `names` are those of people by id and of roles by code."""
    words: dict[str, Callable[[Mapping[str, Any], str], Any]] = {"fields": _fields, "sort": _sorting, "filter": partial(_filtered, names)}
    told = {name: words[name](detail, language) if name in words and value else value for name, value in detail.items()}
    return [
        {"name": name, "label": label("audit", name, language, "gateway"), "value": _in_words(name, value, names, language)}
        for name, value in told.items()
        if value != []
    ]


def _in_words(name: str, value: Any, names: Mapping[str, str], language: str) -> str:
    if isinstance(value, bool):
        return label("choices", f"yes_no.{str(value).lower()}", language, "gateway")
    if isinstance(value, list):
        return (", " if language == "en" else "、").join(_in_words(name, one, names, language) for one in value)
    if name == "setting":
        return _setting(str(value), language)
    if name == "outcome":
        return label("audit", f"outcome.{value}", language, "gateway")
    if name in ROLES:
        return _role(str(value or ""), names, language)
    if name in PEOPLE:
        return names.get(value, str(value or "—"))
    if name == "module" and (module := _module(value)):
        return module_label(module, language)
    return str(value)


def _setting(path: str, language: str) -> str:
    """What a setting is called: "Pool settings", "Customers · Custom fields"; one that has no word is told by its address."""
    first, *rest = path.strip("/").split("/")
    module = rest[0] if first == "meta" and rest and rest[0] in MODULES else None
    word = text("audit", f"setting.{rest[1] if module and len(rest) > 1 else first}", language, "gateway") or path
    return f"{module_label(module, language)} · {word}" if module else word


def _fields(detail: Mapping[str, Any], language: str) -> list[str]:
    """The fields that a line names, as the module or the settings they belong to call them."""
    named = detail["fields"]
    return [_field(name, detail, language) for name in (named.split(",") if isinstance(named, str) else named)]


def _sorting(detail: Mapping[str, Any], language: str) -> list[str]:
    """The fields that a list was sorted by, each with its direction."""
    return [f"{_field(name.lstrip('-'), detail, language)} {'↓' if name.startswith('-') else '↑'}" for name in detail["sort"].split(",")]


def _filtered(names: Mapping[str, str], detail: Mapping[str, Any], language: str) -> str:
    """The filter of a list in the words of its module, people in it by their names; one that cannot be read as it was given."""
    tree, module = tree_of(detail["filter"]), _module(detail.get("module"))

    def value(field: str, one: Any) -> str:
        key = f"{str(module).removesuffix('s').replace('-', '_')}.{field}.{one}"
        choice = text("choices", key, language, package_of(module)) if module else None
        return choice or names.get(str(one)) or _in_words(field, one, names, language)

    return in_words(tree, language, lambda field: _field(field, detail, language), value) if tree else str(detail["filter"])


def _field(name: str, detail: Mapping[str, Any], language: str) -> str:
    first = str(detail.get("setting", "")).strip("/").split("/")[0]
    module = _module(detail.get("module"))
    package = package_of(module) if module else SETTERS.get(first, "gateway")
    return text("fields", name, language, package) or text("audit", f"field.{name}", language, "gateway") or name


def _module(address: Any) -> str | None:
    """The module whose rows are at an address ("pool/customers"), if there is one."""
    name = str(address).replace("/", "-")
    return name if name in MODULES else None


def _role(code: str, names: Mapping[str, str], language: str) -> str:
    """What a role is called: one of those every installation has in the reader's language, unless somebody called it otherwise."""
    name, ours = names.get(code), [text("choices", f"role.{code}", one, "gateway") for one in LANGUAGES]
    return label("choices", f"role.{code}", language, "gateway") if name in ours and name is not None else name or code or "—"
