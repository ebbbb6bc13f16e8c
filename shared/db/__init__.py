"""The database: base model, column types, sessions, locks, numbers."""

from shared.db.base import ChassisBase, Customizable, Mergeable, Model, Plain, Record, kept_in_history, new_id, new_metadata, remote_id
from shared.db.engine import Database, database
from shared.db.loading import add_missing, existing, find, keep_newest, lock, merged_into, note_merge
from shared.db.numbering import NumberFormat, NumberSequence, next_number, number_format
from shared.db.one_of import among, one_of
from shared.db.quick import Quick, Records
from shared.db.types import IdType, MomentType, MoneyType, NumberType, PercentType, QuantityType, TextDay, TextMoment

__all__ = [
    "ChassisBase",
    "Customizable",
    "Database",
    "IdType",
    "Mergeable",
    "Model",
    "MomentType",
    "MoneyType",
    "NumberFormat",
    "NumberSequence",
    "NumberType",
    "PercentType",
    "Plain",
    "QuantityType",
    "Quick",
    "Record",
    "Records",
    "TextDay",
    "TextMoment",
    "add_missing",
    "among",
    "database",
    "existing",
    "find",
    "keep_newest",
    "kept_in_history",
    "lock",
    "merged_into",
    "new_id",
    "new_metadata",
    "next_number",
    "note_merge",
    "number_format",
    "one_of",
    "remote_id",
]
