"""The numbers of a module's documents, as an administrator wants them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared.bus.calls import Call
from shared.db.numbering import PERIODS, NumberFormat, number_format, written
from shared.errors import StaleVersion
from shared.resources.operation import Operation
from shared.schema import Choice, Pattern, Schema, Text, Whole

if TYPE_CHECKING:
    from shared.resources.resource import Resource


class Letters(Pattern):
    """Letters alone: with digits in it a prefix could run into the date behind it."""

    pattern = re.compile(r"[A-Za-z]+")
    code = "letters_only"


class NumberingInput(Schema):
    """How numbers shall look, with the version it was decided on (0: never changed)."""

    prefix = Letters(max=8, required=True)
    digits = Whole(min=3, max=8, required=True)
    restart = Choice(tuple(PERIODS), required=True)
    version = Whole(min=0, required=True)


class NumberingSchema(Schema):
    """How numbers look: `restart` says when the sequence starts again, `example` is the first number of today."""

    prefix = Text()
    digits = Whole()
    restart = Choice(tuple(PERIODS))
    example = Text()
    version = Whole()


def get_numbering(resource: Resource, service: Any, call: Call) -> dict[str, Any]:
    """How the numbers of this module look."""
    return _shown(call, number_format(call.db, str(resource.number)))


def save_numbering(resource: Resource, service: Any, call: Call, *, version: int, **changes: Any) -> dict[str, Any]:
    """Change how new numbers look; those given stay. Raises StaleVersion."""
    found = number_format(call.db, str(resource.number))
    if version != (found.version or 0):
        raise StaleVersion
    for name, value in changes.items():
        setattr(found, name, value)
    call.db.add(found)
    call.db.flush()
    return _shown(call, found)


def _shown(call: Call, found: NumberFormat) -> dict[str, Any]:
    return {
        "prefix": found.prefix, "digits": found.digits, "restart": found.restart, "example": written(found.prefix, found.digits, found.restart, call.today, 1),
        "version": found.version or 0,
    }  # fmt: skip


OPERATIONS = (
    Operation(name="numbering", group="numbering", method="GET", path="/meta{module}/numbering", rpc="{noun}_numbering", verb="module:configure",
              run=get_numbering, read=True, gives=NumberingSchema),
    Operation(name="save_numbering", group="numbering", method="PUT", path="/meta{module}/numbering", rpc="save_{noun}_numbering",
              verb="module:configure", run=save_numbering, takes=NumberingInput, gives=NumberingSchema),
)  # fmt: skip
