"""Files on records. The bytes go from the gateway to the store; here is which file belongs to which record.

An upload is begun (the record exists for the caller; a key is reserved), then put into the store, then added.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Select, String, delete, event, func, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import clock
from shared.bus.calls import Call
from shared.db.base import ChassisBase, Plain, Record, new_id
from shared.db.types import IdType
from shared.errors import Conflict, NotFound
from shared.file_keys import discard, keep, reserve
from shared.people import names_of
from shared.resources.operation import Operation
from shared.resources.schemas import IdInput
from shared.schema import Id, Many, Moment, Schema, Text, Whole
from shared.trail import note

MOST = 200
"""Files one record may have."""


class Attachment(Plain, ChassisBase):
    """A file of a record."""

    __tablename__ = "attachments"

    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[str] = mapped_column(IdType())
    file_name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger())
    sha256: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str] = mapped_column(String(90), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(IdType())

    __table_args__ = (Index("ix_attachments_record", "record_type", "record_id", "id"),)


class AttachmentSchema(Schema):
    """A file of a record; `size` is in bytes."""

    id = Id()
    file_name = Text()
    content_type = Text()
    size = Whole()
    sha256 = Text()
    created_at = Moment()
    created_by = Id(allow_none=True, reference="users")
    created_by_name = Text()


class AttachmentsSchema(Schema):
    """All files of a record, oldest first."""

    items = Many(AttachmentSchema)
    total = Whole()


class BeginAttachmentInput(IdInput):
    """A file about to be uploaded, as the gateway found it."""

    file_name = Text(required=True, max=200)
    content_type = Text(required=True, max=120)
    size = Whole(required=True, min=1)
    sha256 = Text(required=True, min=64, max=64)


class AddAttachmentInput(BeginAttachmentInput):
    """An uploaded file, and where it is."""

    file_key = Text(required=True, max=90)


class AttachmentInput(IdInput):
    """One file of one record."""

    attachment_id = Id(required=True)


def list_attachments(resource: Any, service: Any, call: Call, *, id: str) -> dict[str, Any]:
    """The files of a record."""
    resource.visible(call.db, call.caller, id)
    found = call.db.scalars(_of(resource, id).order_by(Attachment.id)).all()
    names = names_of(call.db, (one.created_by for one in found))
    return {"items": [_shown(one, names) for one in found], "total": len(found)}


def begin_attachment(resource: Any, service: Any, call: Call, *, id: str, **facts: Any) -> dict[str, str]:
    """Reserve a place for a file. Raises NotFound, Conflict."""
    resource.visible(call.db, call.caller, id)
    _check_room(call.db, resource, id)
    return {"file_key": reserve(call.db, service.name, call.now)}


def add_attachment(resource: Any, service: Any, call: Call, *, id: str, file_key: str, **facts: Any) -> dict[str, Any]:
    """Attach a file to a record."""
    record = resource.locked(call.db, call.caller, id)
    _check_room(call.db, resource, id)
    keep(call.db, file_key, call.now)
    added = Attachment(
        id=new_id(), record_type=resource.model.__name__, record_id=id, file_key=file_key, created_at=call.now,
        created_by=call.caller.user_id, **facts,
    )  # fmt: skip
    call.db.add(added)
    note(call.db, record, "attached", {"attachments": [None, added.file_name]})
    return _shown(added, names_of(call.db, [added.created_by]))


def get_attachment(resource: Any, service: Any, call: Call, *, id: str, attachment_id: str) -> dict[str, Any]:
    """Download a file."""
    resource.visible(call.db, call.caller, id)
    found = _one(call.db, resource, id, attachment_id)
    return {"file_key": found.file_key, "file_name": found.file_name, "content_type": found.content_type, "size": found.size}


def delete_attachment(resource: Any, service: Any, call: Call, *, id: str, attachment_id: str) -> None:
    """Remove a file from a record."""
    record = resource.locked(call.db, call.caller, id)
    found = _one(call.db, resource, id, attachment_id)
    _drop(call.db, found, call.now)
    note(call.db, record, "detached", {"attachments": [found.file_name, None]})


def move_attachments(db: Session, source: Record, target: Record) -> None:
    """Give all files of a record to another of its kind, which may then have more than MOST."""
    theirs = (Attachment.record_type == type(source).__name__, Attachment.record_id == source.id)
    db.execute(update(Attachment).where(*theirs).values(record_id=target.id))


@event.listens_for(Session, "before_flush")
def _let_go(db: Session, flush_context: Any, instances: Any) -> None:
    """Whatever deletes a record for good, with its children or alone, lets go of their files too."""
    gone = [(type(record).__name__, record.id) for record in db.deleted if isinstance(record, Record)]
    if not gone:
        return
    theirs = tuple_(Attachment.record_type, Attachment.record_id).in_(gone)
    keys = list(db.scalars(select(Attachment.file_key).where(theirs)))
    for key in keys:
        discard(db, key, db.info.get("now") or clock.now())
    db.execute(delete(Attachment).where(theirs).execution_options(synchronize_session=False))


def _of(resource: Any, record_id: str) -> Select[Any]:
    return select(Attachment).where(Attachment.record_type == resource.model.__name__, Attachment.record_id == record_id)


def _one(db: Session, resource: Any, record_id: str, attachment_id: str) -> Attachment:
    found: Attachment | None = db.scalars(_of(resource, record_id).where(Attachment.id == attachment_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _check_room(db: Session, resource: Any, record_id: str) -> None:
    if (db.scalar(_of(resource, record_id).with_only_columns(func.count())) or 0) >= MOST:
        raise Conflict("too_many_attachments", max=MOST)


def _drop(db: Session, attachment: Attachment, now: datetime) -> None:
    discard(db, attachment.file_key, now)
    db.delete(attachment)


def _shown(attachment: Attachment, names: dict[str, str]) -> dict[str, Any]:
    shown = {name: getattr(attachment, name) for name in AttachmentSchema().dump_fields if name != "created_by_name"}
    return shown | {"created_by_name": names.get(attachment.created_by or "", "")}


def attached_bytes(db: Session) -> int:
    """How many bytes the files on this service's records have."""
    return int(db.scalar(select(func.coalesce(func.sum(Attachment.size), 0))) or 0)


OPERATIONS = (
    Operation(name="list_attachments", group="attachments", method="GET", path="{module}/<id>/attachments", rpc="list_{noun}_attachments",
              verb="read", run=list_attachments, read=True, takes=IdInput, gives=AttachmentsSchema),
    Operation(name="begin_attachment", group="attachments", rpc="begin_{noun}_attachment", run=begin_attachment, takes=BeginAttachmentInput),
    Operation(name="add_attachment", group="attachments", method="POST", path="{module}/<id>/attachments", rpc="add_{noun}_attachment",
              verb="update", run=add_attachment, takes=AddAttachmentInput, gives=AttachmentSchema, status=201, served_by="upload"),
    Operation(name="get_attachment", group="attachments", method="GET", path="{module}/<id>/attachments/<attachment_id>",
              rpc="get_{noun}_attachment", verb="read", run=get_attachment, read=True, takes=AttachmentInput, served_by="download"),
    Operation(name="delete_attachment", group="attachments", method="DELETE", path="{module}/<id>/attachments/<attachment_id>",
              rpc="delete_{noun}_attachment", verb="update", run=delete_attachment, takes=AttachmentInput, status=204),
)  # fmt: skip
