"""The generic resource and its parts: what holds in every module is built once, here."""

from shared.resources.batch import batch, failure
from shared.resources.query import Page
from shared.resources.resource import Resource, RowAction
from shared.resources.schemas import (
    BatchInput,
    BatchResultSchema,
    DeleteInput,
    HistorySchema,
    IdInput,
    ListInput,
    RecordSchema,
)

__all__ = [
    "BatchInput",
    "BatchResultSchema",
    "DeleteInput",
    "HistorySchema",
    "IdInput",
    "ListInput",
    "Page",
    "RecordSchema",
    "Resource",
    "RowAction",
    "batch",
    "failure",
]
