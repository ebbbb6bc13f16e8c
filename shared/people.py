"""The little copy of users and departments that every service keeps: names and reporting line.

It follows the identity events, so that a list never calls back for each row and the row scope is a join at home.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, String, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column

from shared.caller import Caller, Rights
from shared.contracts.identity import DepartmentCreated, UserCreated
from shared.db.base import ChassisBase
from shared.db.one_of import among, one_of
from shared.db.quick import Quick
from shared.db.types import IdType
from shared.errors import Invalid, NotFound
from shared.schema import Id, Schema

if TYPE_CHECKING:
    from shared.bus.calls import Call


class HolderInput(Schema):
    """Whose records."""

    user_id = Id(required=True)


ASKED_AT_ONCE = 1000


class Person(ChassisBase):
    """A user as the other services know them."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    username: Mapped[str] = mapped_column(String(60), default="", index=True)
    manager_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    department_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)


class Department(ChassisBase):
    """A department as the other services know it."""

    __tablename__ = "department_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    version: Mapped[int] = mapped_column(default=0)


NAMES = Quick(select(Person.id, Person.name).where(among(Person.id, "wanted")))


def keep_person(db: Session, event: UserCreated) -> None:
    """Take over what an event tells of a user; older news is ignored."""
    person = db.get(Person, event.user_id, with_for_update=True) or Person(id=event.user_id, version=-1)
    if event.version > person.version:
        person.name, person.username, person.manager_id = event.name, event.username, event.manager_id
        person.department_id, person.is_active = event.department_id, event.is_active
        person.version = event.version
        db.add(person)


def keep_department(db: Session, event: DepartmentCreated) -> None:
    """Take over what an event tells of a department; older news is ignored."""
    department = db.get(Department, event.department_id, with_for_update=True) or Department(id=event.department_id, version=-1)
    if event.version > department.version:
        department.name, department.parent_id, department.version = event.name, event.parent_id, event.version
        db.add(department)


def learn_person(call: Call, user_id: str) -> None:
    """Make sure a user is known here: one not heard of yet is asked of identity. For `prepare`."""
    learn_people(call, [user_id])


def learn_people(call: Call, user_ids: Iterable[str]) -> None:
    """Make sure users are known here: identity is asked, once for all, about those not heard of yet. For `prepare`."""
    wanted = set(user_ids)
    with call.transaction(read=True) as db:
        unknown = sorted(wanted - set(db.scalars(select(Person.id).where(Person.id.in_(wanted)))))
    if not unknown or not call.asker:
        return
    told = [one for start in range(0, len(unknown), ASKED_AT_ONCE) for one in _vouched(call, unknown[start : start + ASKED_AT_ONCE])]
    with call.transaction() as db:
        for one in told:
            keep_person(db, UserCreated.decode(one))


def _vouched(call: Call, user_ids: list[str]) -> Any:
    try:
        return call.ask("identity.vouch_for_users", user_ids=user_ids)
    except NotFound:
        return []


def check_roles(call: Call, field: str, codes: list[str]) -> None:
    """Raise Invalid where one of the codes given in a field is no role's: identity is asked. For `prepare`."""
    known = call.ask("identity.vouch_for_roles", codes=codes)["codes"] if codes else []
    for index, code in enumerate(codes):
        if code not in known:
            raise Invalid.field(f"{field}.{index}", "unknown_role", role=code)


def names_of(db: Session, person_ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id, in one query for many."""
    wanted = list({person_id for person_id in person_ids if person_id})
    return dict(NAMES.rows(db, wanted=wanted)) if wanted else {}


def find_person(db: Session, person_id: str) -> Person | None:
    """An active user, or None."""
    person = db.get(Person, person_id)
    return person if person is not None and person.is_active else None


def person_name(db: Session, person_id: str | None) -> str:
    """The name of one user; empty where unknown."""
    return names_of(db, [person_id]).get(person_id or "", "")


def manager_of(db: Session, person_id: str | None) -> str | None:
    """To whom somebody reports."""
    return db.scalar(select(Person.manager_id).where(Person.id == person_id)) if person_id else None


def subordinates(user_id: str) -> Select[str]:
    """Ids of a person and all who report to them, at any depth."""
    team = select(literal(user_id, IdType()).label("id")).cte(recursive=True)
    below = aliased(Person)
    team = team.union(select(below.id).join(team, below.manager_id == team.c.id))
    return select(team.c.id)


def department_members(department_id: str) -> Select[str]:
    """Ids of the people in a department and those below it."""
    tree = select(Department.id).where(Department.id == department_id).cte(recursive=True)
    below = aliased(Department)
    tree = tree.union(select(below.id).join(tree, below.parent_id == tree.c.id))
    return select(Person.id).where(or_(Person.department_id.in_(select(tree.c.id)), Person.department_id == department_id))


def within_scope(owner: InstrumentedAttribute[str | None], caller: Caller | Rights, module: str) -> ColumnElement[bool]:
    """The condition that keeps the rows whose owner is within the caller's scope of a module."""
    scope = caller.scope(module)
    if scope == "all":
        return true()
    # One list of owners rather than "mine or theirs": the database looks them up in the index of owners.
    if scope == "team" and caller.user_id:
        return one_of(owner, subordinates(caller.user_id))
    if scope == "department" and caller.department_id:
        return one_of(owner, department_members(caller.department_id).union(select(literal(caller.user_id, IdType()))))
    return owner == (caller.user_id or "")


def owned_by_or_below(owner: InstrumentedAttribute[str | None], caller: Caller | Rights, module: str) -> ColumnElement[bool]:
    """The condition that keeps the rows of the caller and of those who report to them, whatever the scope; all where it is all."""
    if caller.scope(module) == "all":
        return true()
    return one_of(owner, subordinates(caller.user_id or ""))


def in_scope(db: Session, owner_id: str | None, caller: Caller, module: str) -> bool:
    """Whether records of this owner are within the caller's scope of a module."""
    scope = caller.scope(module)
    if scope == "all" or (owner_id is not None and owner_id == caller.user_id):
        return True
    if owner_id is None or scope == "own" or not caller.user_id:
        return False
    if scope == "team":
        people = subordinates(caller.user_id)
    elif caller.department_id:
        people = department_members(caller.department_id)
    else:
        return False
    return db.scalar(select(Person.id).where(Person.id == owner_id, Person.id.in_(people))) is not None
