"""What every table and record has in common."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import uuid_utils
from sqlalchemy import JSON, Date, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column

from shared.db.types import IdType, MomentType, MoneyType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> str:
    """A fresh UUIDv7: sorts by time of making, known before the insert."""
    return str(uuid_utils.uuid7())


class Model(DeclarativeBase):
    """The root of all mapped classes; each service has an abstract `Base` below it with a metadata of its own."""

    __abstract__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: MomentType(),
        date: Date(),
        Decimal: MoneyType(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }


def new_metadata() -> MetaData:
    """The metadata of one service: its tables, with predictable names for constraints and indexes."""
    return MetaData(naming_convention=NAMING)


class ChassisBase(Model):
    """Tables the chassis keeps in every service's database: outbox, inbox, history, people, numbers."""

    __abstract__ = True
    metadata = new_metadata()


def remote_id(service: str, *, nullable: bool = False, index: bool = True) -> MappedColumn[Any]:
    """A reference to another service's record: a column without a foreign key, visible as such in the code."""
    return mapped_column(IdType(), nullable=nullable, index=index, info={"remote": service})


KEPT_IN_HISTORY = "kept_in_history"


def kept_in_history(*columns: str) -> dict[str, Any]:
    """The `info` of a relationship whose children stand in the history of the record: with these columns, before and after."""
    return {KEPT_IN_HISTORY: columns}


class Plain:
    """A row with an id and nothing else, for children of a record (lines, items)."""

    id: Mapped[str] = mapped_column(IdType(), primary_key=True, default=new_id)


class Record(Plain):
    """A business record: who made and changed it and when, whose it is, which version, and whether it was deleted.

    The history leaves out the columns that are `untracked`, and tells of an `unfolded` JSON object key by key. `version` starts at 1 and rises by one with every update; SQLAlchemy puts it into each UPDATE's WHERE, so of two
    concurrent writers one fails. `deleted_at` marks a record in the recycle bin.
    """

    created_at: Mapped[datetime] = mapped_column(MomentType(), index=True)
    created_by: Mapped[str | None] = mapped_column(IdType())
    updated_at: Mapped[datetime] = mapped_column(MomentType(), index=True)
    updated_by: Mapped[str | None] = mapped_column(IdType())
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None] = mapped_column(MomentType())

    untracked: ClassVar[frozenset[str]] = frozenset({"created_at", "created_by", "updated_at", "updated_by", "version"})
    unfolded: ClassVar[frozenset[str]] = frozenset()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    @property
    def is_restorable(self) -> bool:
        """Whether it may come back from the recycle bin."""
        return True


class Mergeable(Plain):
    """A copy of another service's record that may become part of another one: `merged_into_id` is the id it is found by from then on."""

    merged_into_id: Mapped[str | None] = mapped_column(IdType())


class Customizable:
    """A record that takes the fields an administrator adds: {"c_budget": value} in the form `shared.resources.custom` stores."""

    custom: Mapped[dict[str, Any]] = mapped_column(JSON(), default=dict)

    unfolded: ClassVar[frozenset[str]] = frozenset({"custom"})
