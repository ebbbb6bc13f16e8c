"""Membership in a query's result, so that the database can use an index even where it stands beside other choices; and in a list that is given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Select, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType


class _Membership(FunctionElement[bool]):
    """A condition."""

    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """The condition as it stands; SQLite would be asked whether it equals 1, and use no index."""
        return self


class one_of(_Membership):
    """`one_of(column, query)`: whether a column is among the values a query of one column gives.

    The same as `column.in_(query)`, but PostgreSQL runs the query first: it uses no index for an IN with a query beside an OR.
    """

    name = "one_of"
    inherit_cache = True

    def __init__(self, column: Any, query: Select[Any] | Any) -> None:
        super().__init__(column, query.scalar_subquery())


class among(_Membership):
    """`among(column, "wanted")`: whether a column is in the list that is given as the parameter of this name; for quick reads."""

    name = "among"
    inherit_cache = True

    def __init__(self, column: Any, parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=NullType()))


@compiles(among)
def _in_json(element: among, compiler: Any, **options: Any) -> str:
    column, given = element.clauses
    listed = f"json_each({compiler.process(given, **options)})"
    return f"{compiler.process(column, **options)} IN (SELECT value FROM {listed})"  # noqa: S608


@compiles(among, "postgresql")
def _any_given(element: among, compiler: Any, **options: Any) -> str:
    column, given = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(given, **options)})"


@compiles(one_of)
def _in(element: one_of, compiler: Any, **options: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **options)} IN {compiler.process(query, **options)}"


@compiles(one_of, "postgresql")
def _any(element: one_of, compiler: Any, **options: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **options)} = ANY (ARRAY{compiler.process(query, **options)})"
