"""The generic resource and its parts: what holds in every module is built once, here."""

from shared.resources.batch import batch, failure
from shared.resources.operation import Operation
from shared.resources.query import Page
from shared.resources.resource import OPERATIONS, STANDARD, Resource, RowAction
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
    "OPERATIONS",
    "STANDARD",
    "BatchInput",
    "BatchResultSchema",
    "DeleteInput",
    "HistorySchema",
    "IdInput",
    "ListInput",
    "Operation",
    "Page",
    "RecordSchema",
    "Resource",
    "RowAction",
    "batch",
    "failure",
]
