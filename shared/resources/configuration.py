"""What an administrator changes of modules while they run: extra fields and dictionaries, kept in the service's own database.

It is cached per process and good while a revision number stands, which each transaction that needs it reads once: a change
counts at once in every replica, without a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Self
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.bus.calls import Call
from shared.db.base import ChassisBase, Record
from shared.db.engine import Database
from shared.db.loading import add_missing
from shared.db.quick import Quick


class CustomField(Record, ChassisBase):
    """A field that an administrator added to a module. `name` is its name in the API, "c_budget".

    `labels` and `help` are texts by language, `choices` is [{"value", "labels", "color", "is_active"}].
    """

    __tablename__ = "custom_fields"

    module: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(16))
    labels: Mapped[dict[str, Any]]
    help: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    choices: Mapped[list[Any]] = mapped_column(default=list)
    required: Mapped[bool] = mapped_column(default=False)
    default: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("module", "name"),)


class DictionaryRow(Record, ChassisBase):
    """A dictionary that an administrator edited; the others are as the code has them. `entries` are like a field's choices."""

    __tablename__ = "dictionaries"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    entries: Mapped[list[Any]]


class ConfigurationRevision(ChassisBase):
    """One row whose number rises with every change of the tables above."""

    __tablename__ = "configuration_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


REVISION = Quick(select(ConfigurationRevision.number))


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A custom field as the code works with it: the columns of CustomField, free of any session."""

    id: str
    name: str
    kind: str
    labels: dict[str, str]
    help: dict[str, str] | None
    choices: list[dict[str, Any]]
    required: bool
    default: Any
    is_active: bool

    @classmethod
    def of(cls, row: CustomField) -> Self:
        """A row's definition."""
        return cls(**{one.name: getattr(row, one.name) for one in fields(cls)})


@dataclass(frozen=True, eq=False)
class Configuration:
    """All of it at one revision, detached from any session: fields by module in order, dictionaries by name.

    `shapes` is a place for what was worked out from it.
    """

    revision: int = 0
    fields: dict[str, tuple[Definition, ...]] = field(default_factory=dict)
    dictionaries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    shapes: dict[Any, Any] = field(default_factory=dict)


_CACHE: WeakKeyDictionary[Database, Configuration] = WeakKeyDictionary()


def configuration(call: Call) -> Configuration:
    """What counts in this transaction."""
    known = call.db.info.get("configuration")
    if known is None:
        known = call.db.info["configuration"] = _current(call)
    return known  # type: ignore[no-any-return]


def configure(call: Call) -> None:
    """Tell everybody, with the commit, that something was changed here."""
    call.db.flush()
    add_missing(call.db, ConfigurationRevision, {"id": 1, "number": 0})
    call.db.execute(update(ConfigurationRevision).values(number=ConfigurationRevision.number + 1))
    call.db.info.pop("configuration", None)
    call.db.info["configured"] = True


def _current(call: Call) -> Configuration:
    if call.db.info.get("configured"):
        # Not committed yet: good for this transaction alone.
        return _load(call.db, -1)
    (revision,) = REVISION.first(call.db) or (0,)
    known = _CACHE.get(call.database)
    if known is None or known.revision != revision:
        known = _CACHE[call.database] = _load(call.db, revision)
    return known


def _load(db: Session, revision: int) -> Configuration:
    found: dict[str, tuple[Definition, ...]] = {}
    for row in db.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)):
        found[row.module] = (*found.get(row.module, ()), Definition.of(row))
    return Configuration(revision, found, {row.name: row.entries for row in db.scalars(select(DictionaryRow))})
