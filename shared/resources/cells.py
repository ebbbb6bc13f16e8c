"""From the text of a spreadsheet's cell to the JSON value a field takes, by the field's type.

What cannot be read is passed on as it is: the field itself then says what is wrong with it, as it does for the API. Of a choice nobody but
the dictionary knows, so an unknown one is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from shared.bus.calls import Call
from shared.i18n import LANGUAGES, label
from shared.sheets import looks_like_formula

Reader = Callable[[str], Any]

GROUPING = re.compile(r"[,，\s¥￥$€]|元$|%$")
DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T ]00:00(?::00)?)?", re.ASCII)
LOCAL_MOMENT = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?", re.ASCII)
SEPARATORS = re.compile(r"[,，;；、\n]")


def reader(call: Call, field: dict[str, Any], choices: dict[str, str]) -> Reader:
    """How the cells of a field are read. `choices` gives a choice's value by its folded label or value."""
    readers: dict[str, Reader] = {
        "money": _exact, "quantity": _exact, "percent": _exact, "number": _exact, "integer": _whole, "date": _day, "datetime": _moments(call),
        "yes_no": _flags(call), "choice": lambda text: _chosen(text, choices), "multi_choice": lambda text: _several(text, choices),
        "list": lambda text: _several(text, choices),
    }  # fmt: skip
    return readers.get(field["type"], _plain)


def _plain(text: str) -> str:
    """An export puts a quote before what looks like a formula; it goes away again."""
    return text[1:] if text.startswith("'") and looks_like_formula(text[1:]) else text


def _chosen(text: str, choices: dict[str, str]) -> str:
    if choices and text.casefold() not in choices:
        raise ValidationError("invalid_choice")
    return choices.get(text.casefold(), text)


def _several(text: str, choices: dict[str, str]) -> list[str]:
    return [_chosen(one, choices) for part in SEPARATORS.split(text) if (one := part.strip())]


def _exact(text: str) -> str:
    return GROUPING.sub("", text)


def _whole(text: str) -> Any:
    digits = GROUPING.sub("", text)
    return int(digits) if re.fullmatch(r"-?[0-9]{1,12}", digits, re.ASCII) else text


def _day(text: str) -> str:
    found = DAY.fullmatch(text)
    return "{}-{:0>2}-{:0>2}".format(*found.groups()) if found else text


def _moments(call: Call) -> Reader:
    zone = ZoneInfo(call.organisation.time_zone)

    def read(text: str) -> str:
        found = LOCAL_MOMENT.fullmatch(text)
        if found is None:
            return text
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=zone).isoformat()
        except ValueError:
            return text

    return read


def _flags(call: Call) -> Reader:
    words: dict[str, bool] = {"1": True, "0": False, "true": True, "false": False, "y": True, "n": False}
    for flag in (True, False):
        for language in LANGUAGES:
            words[label("choices", f"yes_no.{str(flag).lower()}", language, call.package).casefold()] = flag
    return lambda text: words.get(text.casefold(), text)
