"""Saved views: a filter, a sort and columns under a name, for oneself or for everybody who has one of some roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from shared.bus.calls import Call
from shared.db.base import ChassisBase, Record
from shared.errors import Conflict, Forbidden, Invalid, Malformed, NotFound, StaleVersion
from shared.i18n import label
from shared.people import check_roles, names_of
from shared.resources.operation import Operation
from shared.resources.schemas import IdInput
from shared.schema import Flag, Id, Json, Many, Schema, Text, Whole

if TYPE_CHECKING:
    from shared.resources.declarations import QuickView
    from shared.resources.resource import Resource

SHARE = "module:share_views"


class SavedView(Record, ChassisBase):
    """A view somebody saved: theirs (`owner_id`), and that of the people who have one of `shared_roles`."""

    __tablename__ = "saved_views"

    module: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sort: Mapped[str] = mapped_column(String(500), default="")
    columns: Mapped[list[str]] = mapped_column(default=list)
    shared_roles: Mapped[list[str]] = mapped_column(default=list)
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("module", "owner_id", "name"),)


class ViewInput(Schema):
    """A view: `filter` is a filter tree, `sort` as in lists, `columns` the fields to show. Of one's views one may be the default."""

    name = Text(required=True, max=80)
    filter = Json(allow_none=True)
    sort = Text(max=500)
    columns = Many(Text(max=60), max=100, unique=True)
    shared_roles = Many(Text(max=40), max=50, unique=True)
    is_default = Flag()


class UpdateViewInput(ViewInput):
    """Changes of a view."""

    partial_fields = tuple(ViewInput().load_fields)
    id = Id(required=True)
    version = Whole(min=1, required=True)


class ViewSchema(Schema):
    """A view. A `builtin` one comes with the module: its id is its name, and nobody changes it."""

    id = Text()
    name = Text()
    builtin = Flag()
    filter = Json()
    sort = Text()
    columns = Many(Text())
    shared_roles = Many(Text())
    is_default = Flag()
    owner_id = Id()
    owner_name = Text()
    version = Whole()
    can = Many(Text())


class ViewsSchema(Schema):
    """The views a caller may use, quick ones first."""

    items = Many(ViewSchema)


def list_views(resource: Resource, service: Any, call: Call) -> dict[str, Any]:
    """The quick views of the module, one's own, and those shared with one's roles."""
    return {"items": views_for(resource, call)}


def before_share(resource: Resource, call: Call, data: dict[str, Any]) -> None:
    """What comes before the transaction of saving a view: those it is shared with are there. Raises Forbidden, Invalid."""
    if not data.get("shared_roles"):
        return
    if not call.caller.may(SHARE):
        raise Forbidden("may_not_share")
    check_roles(call, "shared_roles", data["shared_roles"])


def create_view(resource: Resource, service: Any, call: Call, **data: Any) -> dict[str, Any]:
    """Save a view for oneself, or shared with roles by those who may. Raises Forbidden, Conflict, Invalid."""
    view = SavedView(module=resource.module, owner_id=call.caller.user_id, **data)
    return _saved(resource, call, view, data)


def update_view(resource: Resource, service: Any, call: Call, *, id: str, version: int, **changes: Any) -> dict[str, Any]:
    """Change a view: one's own, or one shared with one's roles by those who may share. Raises NotFound, Forbidden, Conflict, Invalid, StaleVersion."""
    view = _changeable(resource, call, id)
    if view.version != version:
        raise StaleVersion
    for name, value in changes.items():
        setattr(view, name, value)
    return _saved(resource, call, view, changes)


def delete_view(resource: Resource, service: Any, call: Call, *, id: str) -> None:
    """Remove a view. Raises NotFound."""
    call.db.delete(_changeable(resource, call, id))


def views_for(resource: Resource, call: Call) -> list[dict[str, Any]]:
    """What `list_views` gives. A view that names a field the caller may not see, or that is gone, is left out."""
    saved = call.db.scalars(select(SavedView).where(SavedView.module == resource.module).order_by(SavedView.name)).all()
    mine = [view for view in saved if _is_for(view, call) and _is_understood(resource, call, view)]
    names = names_of(call.db, (view.owner_id for view in mine))
    quick = [view for view in resource.views if _is_understood(resource, call, view)]
    shown = [_shown(call, view, names) for view in mine]
    is_chosen = any(view["is_default"] for view in shown)
    return [*(_quick(resource, call, view, is_default=view.opens and not is_chosen) for view in quick), *shown]


def _saved(resource: Resource, call: Call, view: SavedView, data: dict[str, Any]) -> dict[str, Any]:
    with call.db.no_autoflush:
        _check(resource, call, view)
        others = select(SavedView).where(
            SavedView.module == view.module, SavedView.owner_id == view.owner_id, SavedView.id != (view.id or "")
        )
        for other in call.db.scalars(others).all():
            if other.name == view.name and _is_understood(resource, call, other):
                raise Conflict("view_name_taken", errors={"name": [("view_name_taken", {})]})
            if other.name == view.name:
                # Nobody sees it any more, so its name is free.
                call.db.execute(delete(SavedView).where(SavedView.id == other.id))
            elif data.get("is_default"):
                other.is_default = False
    call.db.add(view)
    call.db.flush()
    return _shown(call, view, names_of(call.db, [view.owner_id]))


def _check(resource: Resource, call: Call, view: SavedView | QuickView) -> None:
    try:
        resource.shape(call).dialect.check(call, filter=view.filter, sort=view.sort, columns=getattr(view, "columns", None) or ())
    except Malformed as error:
        raise Invalid(errors={name.replace("fields", "columns"): codes for name, codes in error.errors.items()}) from error


def _is_understood(resource: Resource, call: Call, view: SavedView | QuickView) -> bool:
    try:
        _check(resource, call, view)
    except Invalid:
        return False
    return True


def _is_for(view: SavedView, call: Call) -> bool:
    return view.owner_id == call.caller.user_id or bool(set(view.shared_roles) & set(call.caller.roles))


def _changeable(resource: Resource, call: Call, view_id: str) -> SavedView:
    view = call.db.get(SavedView, view_id)
    if view is None or view.module != resource.module or not _is_for(view, call):
        raise NotFound()
    if view.owner_id != call.caller.user_id and not call.caller.may(SHARE):
        raise NotFound()
    return view


def _quick(resource: Resource, call: Call, view: QuickView, *, is_default: bool) -> dict[str, Any]:
    words = (call.caller.language, call.package)
    return {
        "id": view.name, "name": label("views", view.name, *words), "builtin": True, "filter": view.filter,
        "sort": view.sort or resource.default_sort, "columns": list(resource.columns), "shared_roles": [], "is_default": is_default,
        "owner_id": None, "owner_name": None, "version": None, "can": [],
    }  # fmt: skip


def _shown(call: Call, view: SavedView, names: dict[str, str]) -> dict[str, Any]:
    mine = view.owner_id == call.caller.user_id
    return {
        "id": view.id, "name": view.name, "builtin": False, "filter": view.filter, "sort": view.sort or "", "columns": view.columns or [],
        "shared_roles": view.shared_roles or [], "is_default": bool(view.is_default and mine), "owner_id": view.owner_id,
        "owner_name": names.get(view.owner_id or ""), "version": view.version,
        "can": ["update", "delete"] if mine or call.caller.may(SHARE) else [],
    }  # fmt: skip


OPERATIONS = (
    Operation(name="views", group="list", method="GET", path="{module}/views", rpc="{noun}_views", verb="read", run=list_views, read=True,
              gives=ViewsSchema),
    Operation(name="create_view", group="list", method="POST", path="{module}/views", rpc="create_{noun}_view", verb="read", run=create_view,
              prepare=before_share, status=201, takes=ViewInput, gives=ViewSchema),
    Operation(name="update_view", group="list", method="PATCH", path="{module}/views/<id>", rpc="update_{noun}_view", verb="read",
              run=update_view, prepare=before_share, takes=UpdateViewInput, gives=ViewSchema),
    Operation(name="delete_view", group="list", method="DELETE", path="{module}/views/<id>", rpc="delete_{noun}_view", verb="read",
              run=delete_view, status=204, takes=IdInput),
)  # fmt: skip
