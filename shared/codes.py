"""Codes that a standard defines: currencies (ISO 4217) and time zones (IANA)."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies
from marshmallow import ValidationError

from shared.schema import Text

NO_PLACES = {"Factory", "localtime"}
"""Names in the database of time zones that say nothing of a place."""


@cache
def currencies() -> frozenset[str]:
    """The codes of the currencies that some country uses now: "CNY"."""
    return frozenset(code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory))


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones: "Asia/Shanghai"."""
    return frozenset(available_timezones() - NO_PLACES)


class Currency(Text):
    """The code of a currency in use."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(3, min=3, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        code = super()._deserialize(value, attr, data, **kwargs)
        if code not in currencies():
            raise ValidationError("unknown_currency")
        return code


class TimeZone(Text):
    """The name of a time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(60, min=1, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in time_zones():
            raise ValidationError("unknown_time_zone")
        return name
