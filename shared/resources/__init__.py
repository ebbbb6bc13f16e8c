"""The generic resource and its parts: what holds in every module is built once, here."""

from shared.resources.batch import batch, failure
from shared.resources.batch_forms import once_for_all
from shared.resources.choices import choice_labels
from shared.resources.declarations import QuickView, Related, RowAction
from shared.resources.exports import Walk, export_list, export_of
from shared.resources.history import read_history
from shared.resources.importing import Importing
from shared.resources.operation import Operation
from shared.resources.query import Page
from shared.resources.resource import OPERATIONS, STANDARD, Resource
from shared.resources.schemas import (
    ActionInput,
    BatchInput,
    BatchResultSchema,
    HistorySchema,
    IdInput,
    ListInput,
    PageInput,
    RecordSchema,
)
from shared.resources.scope import built_once, by_rights, everybody

__all__ = [
    "OPERATIONS",
    "STANDARD",
    "ActionInput",
    "BatchInput",
    "BatchResultSchema",
    "HistorySchema",
    "IdInput",
    "Importing",
    "ListInput",
    "Operation",
    "Page",
    "PageInput",
    "QuickView",
    "RecordSchema",
    "Related",
    "Resource",
    "RowAction",
    "Walk",
    "batch",
    "built_once",
    "by_rights",
    "choice_labels",
    "everybody",
    "export_list",
    "export_of",
    "failure",
    "once_for_all",
    "read_history",
]
