"""Shapes of requests for more days."""

from __future__ import annotations

from services.pool.extension_requests.rules import RequestStatus
from services.pool.rules import MAX_EXTENSION
from shared.resources import ActionInput, ListInput, RecordSchema
from shared.schema import Choice, Id, Moment, Schema, Text, Whole


class ExtensionRequestSchema(RecordSchema):
    """A request for more days; its owner is who asked."""

    owner_id = Id(dump_only=True, reference="users")
    customer_id = Id(dump_only=True, reference="customers")
    customer_name = Text(dump_only=True)
    pool_id = Id(dump_only=True, reference="pools")
    days = Whole(dump_only=True)
    reason = Text(dump_only=True)
    status = Choice(RequestStatus, dump_only=True)
    granted_days = Whole(dump_only=True)
    answer = Text(dump_only=True)
    decided_by = Id(dump_only=True, reference="users")
    decided_by_name = Text(dump_only=True)
    decided_at = Moment(dump_only=True)


class RequestInput(Schema):
    """For which customer, how many days, and why."""

    customer_id = Id(required=True, reference="customers")
    days = Whole(min=1, max=MAX_EXTENSION, required=True)
    reason = Text(max=500, required=True)


class RequestListInput(ListInput):
    """Requests, of one status if wanted."""

    status = Choice(RequestStatus)


class GrantInput(ActionInput):
    """The days to give where they are not those asked for, and a word to the requester."""

    days = Whole(min=1, max=MAX_EXTENSION)
    answer = Text(max=500, load_default="")


class RefuseInput(ActionInput):
    """Why not."""

    reason = Text(max=500, required=True)
