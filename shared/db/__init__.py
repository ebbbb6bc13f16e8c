"""The database: base model, column types, sessions, locks, numbers."""

from shared.db.base import ChassisBase, Model, Plain, Record, new_id, new_metadata, remote_id
from shared.db.engine import Database, database
from shared.db.loading import add_missing, existing, find, lock
from shared.db.numbering import NumberSequence, next_number
from shared.db.types import IdType, MomentType, MoneyType, PercentType, QuantityType

__all__ = [
    "ChassisBase",
    "Database",
    "IdType",
    "Model",
    "MomentType",
    "MoneyType",
    "NumberSequence",
    "PercentType",
    "Plain",
    "QuantityType",
    "Record",
    "add_missing",
    "database",
    "existing",
    "find",
    "lock",
    "new_id",
    "new_metadata",
    "next_number",
    "remote_id",
]
