"""Reads that requests are made of, and rows that every write adds: compiled once, then sent straight to the driver.

SQLAlchemy's execution of a statement takes five to ten times as long as SQLite's answer to most of them. In a session that only reads,
on SQLite, they go over a connection that is kept for them, so that the session takes none from the pool.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from json import dumps
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.interfaces import ONETOMANY

Row = tuple[Any, ...]

READS = "reads"
"""Where a session that only reads keeps its Database."""

INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

LOADED_AT_ONCE = ("selectin", "joined", "subquery", "immediate")


def reads_aside(db: Session) -> Any:
    """The Database of a session that only reads, where it is a SQLite file and quick reads go over the connection kept for them; else None."""
    reads = db.info.get(READS)
    return reads if reads is not None and reads.is_sqlite else None


@dataclass
class _Plan:
    """A statement as the driver takes it: its text, its parameters with the values that stand in it, by place where they have an order."""

    text: str
    given: dict[str, Any]
    ready: tuple[Any, ...] | None = None
    open: list[tuple[int, str]] = field(default_factory=list)
    columns: list[tuple[str, Any]] = field(default_factory=list)
    readers: list[tuple[str, Any]] | None = None

    def values(self, parameters: dict[str, Any]) -> Any:
        if self.ready is None:
            return self.given | parameters if parameters else self.given
        if not self.open:
            return self.ready
        values = list(self.ready)
        for place, name in self.open:
            value = parameters[name]
            # Only SQLite's parameters have an order, and it knows no lists.
            values[place] = dumps(value) if isinstance(value, list) else value
        return values


class Quick:
    """A SELECT whose rows are wanted as the driver has them.

    What stands in the statement may be of any type; parameters (its `bindparam`s) and columns are as the driver has them: use it for ids,
    texts, whole numbers, yes or no (0 or 1 on SQLite) and lists of these (`among`), not for money, moments or JSON.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plans: dict[str, _Plan] = {}

    def rows(self, db: Session, **parameters: Any) -> list[Row]:
        """All rows. Raises DBAPIError."""
        return self._run(db, parameters)[0]

    def first(self, db: Session, **parameters: Any) -> Row | None:
        """The first row, if there is one. Raises DBAPIError."""
        found = self.rows(db, **parameters)
        return found[0] if found else None

    def _run(self, db: Session, parameters: dict[str, Any]) -> tuple[list[Row], Any]:
        reads = reads_aside(db)
        if reads is not None:
            return self.answer(reads.aside, reads.engine.dialect, parameters)
        connection = db.connection()
        return self.answer(connection.connection, connection.dialect, parameters, lost=connection.invalidate)

    def answer(
        self, driver: Any, dialect: Dialect, parameters: dict[str, Any], *, lost: Callable[[], None] = lambda: None
    ) -> tuple[list[Row], Any]:
        """All rows on a driver's connection, and how the driver describes their columns. Raises DBAPIError, and tells `lost` of a lost one."""
        plan = self._plan(dialect)
        try:
            cursor = driver.cursor()
            try:
                cursor.execute(plan.text, plan.values(parameters))
                return list(cursor.fetchall()), cursor.description
            finally:
                cursor.close()
        except dialect.loaded_dbapi.Error as error:
            raise _translated(error, plan.text, driver, dialect, lost) from error

    def _plan(self, dialect: Dialect) -> _Plan:
        found = self._plans.get(dialect.name)
        if found is None:
            compiled: Any = self.statement.compile(dialect=dialect)
            # Lists that stand in the statement are put into its text; values for its parameters come with each run.
            needed = {name for name, bind in compiled.binds.items() if bind.required}
            state = compiled.construct_expanded_state(dict.fromkeys(needed))
            given = dict(state.parameters)
            for name, write in (compiled._bind_processors | dict(state.processors)).items():
                if given.get(name) is not None:
                    given[name] = write(given[name])
            found = self._plans[dialect.name] = _Plan(state.statement, given, columns=self._columns(compiled))
            if compiled.positional:
                order = state.positiontup or ()
                found.ready = tuple(given[name] for name in order)
                found.open = [(place, name) for place, name in enumerate(order) if name in needed]
        return found

    def _columns(self, compiled: Any) -> list[tuple[str, Any]]:
        return []


class QuickInsert:
    """An INSERT into a table, compiled once. `unless_there`: a row that clashes with one that is there already, or comes at the same
    moment, is left out.
    """  # fmt: skip

    def __init__(self, table: Any, *, unless_there: bool = False) -> None:
        self._table, self._unless_there = table, unless_there
        self._plans: dict[tuple[str, ...], tuple[str, Callable[[Row], Any]]] = {}

    def add(self, db: Session, *rows: dict[str, Any]) -> int:
        """Insert rows, which all give the same columns, and say how many it were. Raises DBAPIError, as IntegrityError."""
        connection = db.connection()
        driver, dialect = connection.connection, connection.dialect
        names = tuple(rows[0])
        plan = self._plans.get((dialect.name, *names))
        if plan is None:
            plan = self._plans[dialect.name, *names] = self._plan(dialect, names)
        text, written = plan
        values = [written(tuple(row[name] for name in names)) for row in rows]
        try:
            cursor = driver.cursor()
            try:
                cursor.execute(text, values[0]) if len(values) == 1 else cursor.executemany(text, values)
                return int(cursor.rowcount)
            finally:
                cursor.close()
        except dialect.loaded_dbapi.Error as error:
            raise _translated(error, text, driver, dialect, connection.invalidate) from error

    def _plan(self, dialect: Dialect, names: Row) -> tuple[str, Callable[[Row], Any]]:
        statement = INSERTS[dialect.name](self._table)
        if self._unless_there:
            statement = statement.on_conflict_do_nothing()
        compiled: Any = statement.inline().compile(dialect=dialect, column_keys=list(names))
        filled = tuple(column.name for column in compiled.insert_prefetch)
        # What the model would fill in by itself is the same for every row: those of these tables have no other defaults.
        given = tuple(self._table.c[name].default.arg for name in filled)
        columns = (*names, *filled)
        writers = [compiled._bind_processors.get(name) for name in columns]
        order = [columns.index(name) for name in compiled.positiontup] if compiled.positional else []

        def written(row: Row) -> Any:
            values = [write(value) if write and value is not None else value for value, write in zip((*row, *given), writers, strict=True)]
            return [values[place] for place in order] if order else dict(zip(columns, values, strict=True))

        return compiled.string, written


class Count(Quick):
    """A SELECT of one number, which depends on nothing but the database. On SQLite it is remembered until somebody commits something."""

    def of(self, db: Session) -> int:
        """The number. Raises DBAPIError."""
        reads = reads_aside(db)
        if reads is None:
            return self._counted(db)
        # It changes with every commit of any other connection, and this one never commits. What is committed while the rows are counted
        # makes the next one count anew.
        ((version,),) = reads.aside.execute("PRAGMA data_version").fetchall()
        known = reads.counted.get(self)
        if known is None or known[0] != version:
            known = reads.counted[self] = (version, self._counted(db))
        return int(known[1])

    def _counted(self, db: Session) -> int:
        (number,) = self.first(db) or (0,)
        return int(number)


class Records(Quick):
    """A SELECT of one mapped class; `is_whole` where it finds a single record, whose children are wanted too; in a session
    those that are `together` with it come in the same query.

    In a session that only reads, the records belong to no session, which spares what a session does for each: nothing of them is saved,
    and what was not loaded with them raises DetachedInstanceError. In any other session they are the session's own.
    """

    def __init__(self, statement: Any, *, is_whole: bool = False, together: tuple[Any, ...] = ()) -> None:
        super().__init__(statement)
        self._mapper = inspect(statement.column_descriptions[0]["entity"])
        self._key = [self._mapper.get_property_by_column(column).key for column in self._mapper.primary_key]
        self._in_session = statement.options(*map(joinedload, together)) if together else statement
        related = list(self._mapper.relationships)
        self._is_plain = not any(one.lazy in LOADED_AT_ONCE or one.direction is not ONETOMANY for one in related)
        self._children = {one.key: _children_of(one) for one in related} if is_whole and self._is_plain else {}

    def all(self, db: Session, **parameters: Any) -> list[Any]:
        """All records. Raises DBAPIError."""
        if READS not in db.info or not self._is_plain:
            return list(db.scalars(self._in_session, parameters).unique())
        return self.apart(db, **parameters)

    def apart(self, db: Session, **parameters: Any) -> list[Any]:
        """All records, as in a session that only reads, whatever session this is: for a plain class whose records are looked at, not written."""
        rows, described = self._run(db, parameters)
        dialect = db.get_bind().dialect
        plan = self._plan(dialect)
        if plan.readers is None:
            plan.readers = _readers(plan.columns, dialect, described)
        names = [name for name, _ in plan.columns]
        return [self._record(db, row, names, plan.readers) for row in rows]

    def _record(self, db: Session, row: Row, names: list[str], readers: list[tuple[str, Any]]) -> Any:
        record = self._mapper.class_manager.new_instance()
        values = record.__dict__
        values.update(zip(names, row, strict=True))
        for name, read in readers:
            if (value := values[name]) is not None:
                values[name] = read(value)
        # What has a key is no new record, whose missing children would be taken for none.
        instance_state(record).key = self._mapper.identity_key_from_primary_key(tuple(values[name] for name in self._key))
        for name, children in self._children.items():
            values[name] = children.all(db, parent_id=record.id)
        return record

    def _columns(self, compiled: Any) -> list[tuple[str, Any]]:
        return [(self._mapper.get_property_by_column(entry.objects[0]).key, entry.type) for entry in compiled._result_columns]


def _translated(error: Exception, text: str, driver: Any, dialect: Dialect, lost: Callable[[], None]) -> Exception:
    is_gone = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
    if is_gone:
        lost()
    return DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_gone, dialect=dialect)


def _children_of(relationship: Any) -> Records:
    ((_, column),) = relationship.local_remote_pairs
    return Records(select(relationship.mapper.class_).where(column == bindparam("parent_id")).order_by(*(relationship.order_by or ())))


def _readers(columns: list[tuple[str, Any]], dialect: Dialect, description: Any) -> list[tuple[str, Any]]:
    """The columns whose values the driver gives in another shape than the model has them."""
    found = (
        (name, kind.dialect_impl(dialect).result_processor(dialect, told[1]))
        for (name, kind), told in zip(columns, description, strict=True)
    )
    return [(name, read) for name, read in found if read is not None]
