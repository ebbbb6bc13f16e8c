"""Texts in three languages, kept beside the package that says them.

`services/pool/texts/en.json` holds what pool says: {"errors": {code: text}, "fields": {...}, "modules": {...},
"choices": {...}, "actions": {...}}. A key that a package lacks is looked up in `shared/texts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

LANGUAGES: Final = ("zh-CN", "zh-TW", "en")
DEFAULT_LANGUAGE: Final = "zh-CN"
TRADITIONAL = {"hant", "tw", "hk", "mo"}


def best_language(*tags: str | None, otherwise: str = DEFAULT_LANGUAGE) -> str:
    """The supported language nearest to the first of these language tags that is near to one: zh-HK is Traditional Chinese."""
    return next((found for tag in tags if (found := _match((tag or "").strip().lower()))), otherwise)


def text(section: str, key: str, language: str, package: str) -> str | None:
    """The text of a key, or None where neither the package nor shared has it."""
    for owner in (package, "shared"):
        found = _catalogue(owner, language).get(section, {}).get(key)
        if found is not None:
            return str(found)
    return None


def phrase(section: str, key: str, language: str, package: str, params: Mapping[str, str]) -> str:
    """The text of a key with its placeholders filled; where none is written, the key itself."""
    template = text(section, key, language, package)
    return _fill(template, params) if template else key


def error_text(code: str, language: str, package: str, params: dict[str, str]) -> str:
    """What to tell a person about an error code. A param that is the key of a choice ("order.status.draft") is told as its label."""
    return phrase("errors", code, language, package, {name: _in_words(value, language, package) for name, value in params.items()})


def amount_text(amount: Decimal) -> str:
    """An amount as people read it, the same in all three languages: 1,234,567.80."""
    return f"{amount:,.2f}"


def label(section: str, key: str, language: str, package: str) -> str:
    """A label; where none is written, the key itself in words so that nothing shows empty."""
    return text(section, key, language, package) or key.rsplit(".", 1)[-1].replace("_", " ").capitalize()


def labels(section: str, prefix: str, language: str, package: str) -> dict[str, str]:
    """Every label of a package whose key begins so, by the rest of the key."""
    return {
        key.removeprefix(prefix): str(one) for key, one in _catalogue(package, language).get(section, {}).items() if key.startswith(prefix)
    }


def _in_words(value: str, language: str, package: str) -> str:
    found = text("choices", value, language, package) if "." in value else None
    return found.lower() if found else value


def _match(tag: str) -> str | None:
    language, *parts = tag.replace("_", "-").split("-")
    if language == "zh":
        # A script says more than a region.
        return "zh-TW" if TRADITIONAL & set(parts) and "hans" not in parts else "zh-CN"
    return "en" if language == "en" else None


def _fill(template: str, params: Mapping[str, str]) -> str:
    for name, value in params.items():
        template = template.replace("{" + name + "}", value)
    return template


@cache
def _catalogue(package: str, language: str) -> dict[str, Any]:
    file = resources.files(package) / "texts" / f"{language}.json"
    if not file.is_file():
        return {}
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded
