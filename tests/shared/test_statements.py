"""What is built once and kept: statements per rights and per list asked for, and reads sent straight to the driver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, func, inspect, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import DetachedInstanceError

from shared.bus.inbox import TOGETHER, InboxRunner
from shared.caller import Caller
from shared.db import Quick, Records, among, new_id, one_of
from shared.db.quick import Count
from shared.people import Person
from shared.resources.scope import one_in
from tests.doors import Refused, TestDoor
from tests.shared.library import BOOKS, Book, Leaf, Volume, add
from tests.shared.test_events_together import envelope, heard, statuses


def test_a_scope_is_worked_out_once_for_equal_rights(library: TestDoor, caller: Any) -> None:
    one = caller(user_id="a", permissions=["book:read"], scopes={"books": "own"}, language="en")
    same = caller(user_id="a", permissions=["book:read"], scopes={"books": "own"}, language="zh-CN")
    other = caller(user_id="b", permissions=["book:read"], scopes={"books": "own"})
    wider = caller(user_id="a", permissions=["book:read"], scopes={"books": "all"})
    with library.database.transaction(read=True) as db:
        assert BOOKS.query(db, one) is BOOKS.query(db, same)
        assert len({id(BOOKS.query(db, who)) for who in (one, other, wider)}) == 3
        assert BOOKS.query(db, one, deleted=True) is not BOOKS.query(db, one)


def test_kept_statements_show_each_person_their_own(library: TestDoor, caller: Any) -> None:
    """Also after the other one asked the very same before, for one record as for lists with "is me" in the filter."""
    people = [caller(user_id=name * 36, permissions=["*"], scopes={"books": "own"}) for name in "ab"]
    books = [add(library, who, title=who.user_id[0]) for who in people]
    mine = '{"field": "owner_id", "op": "is_me"}'
    for _ in range(2):
        for who, book, others in zip(people, books, reversed(books), strict=True):
            assert [row["id"] for row in library.call("list_books", who)["items"]] == [book["id"]]
            assert [row["id"] for row in library.call("list_books", who, filter=mine)["items"]] == [book["id"]]
            assert library.call("get_book", who, id=book["id"])["title"] == book["title"]
            with pytest.raises(Refused) as refused:
                library.call("get_book", who, id=others["id"])
            assert refused.value.status == 404


def test_a_list_asked_again_shows_what_was_added_meanwhile(library: TestDoor, caller: Any) -> None:
    me = caller()
    for number in range(1, 4):
        add(library, me, title=f"book {number}")
        page = library.call("list_books", me, page_size=2, sort="title")
        assert (len(page["items"]), page["total"]) == (min(number, 2), number)


def test_a_list_that_is_given_is_looked_up_in_an_index(library: TestDoor) -> None:
    """Where it stands alone too: SQLAlchemy would have SQLite compare the condition with 1, and so look at every row."""
    if not library.database.is_sqlite:
        assert "= ANY" in str(select(Person.name).where(among(Person.id, "wanted")).compile(dialect=library.database.engine.dialect))
        return
    with library.database.transaction(read=True) as db:
        for condition in (among(Person.id, "wanted"), one_of(Person.id, select(Book.owner_id))):
            asked = str(select(Person.name).where(condition).compile(dialect=library.database.engine.dialect)).replace("?", "'[]'")
            plan = [row[-1] for row in db.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
            assert plan[0].startswith("SEARCH people USING"), plan


def test_a_header_is_read_as_it_was_written(caller: Any) -> None:
    who = caller(
        user_id="a", name="王", permissions=["x:read", "a:read"], scopes={"books": "team"}, field_rights={"books": {"cost": "hidden"}}
    )
    assert Caller.from_header(who.to_header()) == who
    with pytest.raises(ValueError, match="caller header"):
        Caller.from_header('{"name": 1}')


def test_quick_reads_what_the_statement_says(library: TestDoor) -> None:
    active = Quick(select(Person.name).where(Person.is_active, Person.id.in_(["p1", "p2"]), Person.name != bindparam("name")))
    named = Quick(select(Person.name).where(among(Person.id, "wanted")).order_by(Person.id))
    with library.database.transaction() as db:
        db.add_all(Person(id=f"p{number}", name=f"n{number}", is_active=number != 2) for number in (1, 2, 3))
        db.flush()
        # What the transaction has not committed yet is seen by it.
        assert active.rows(db, name="x") == [("n1",)]
        assert active.first(db, name="n1") is None
        assert named.rows(db, wanted=["p3", "p2", "nobody"]) == [("n2",), ("n3",)]
    assert library.database.look(active, name="x") == ("n1",)
    assert library.database.look(active, name="n1") is None
    with library.database.transaction(read=True) as db:
        assert named.rows(db, wanted=["p1"]) == [("n1",)]
        assert named.rows(db, wanted=[]) == []


def test_a_refusal_of_the_driver_is_sqlalchemys(library: TestDoor) -> None:
    broken = Quick(select(literal_column("nothing")))
    with pytest.raises(DBAPIError), library.database.transaction(read=True) as db:
        broken.rows(db)
    with pytest.raises(DBAPIError), library.database.transaction() as db:
        broken.rows(db)


def test_records_are_what_a_session_would_give(library: TestDoor, caller: Any) -> None:
    """Every kind of column, also as a condition, in a session that only reads, in one that writes, and as the session itself does it."""
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with library.database.transaction() as db:
        for number, price in enumerate(("12.30", "99.99", None)):
            paid = Decimal(price) if price else None
            db.add(Volume(title=f"t{number}", price=paid, weight=Decimal("1.250"), pages=number, is_rare=number == 1, printed_on=at.date(), lent_at=at, custom={"c_x": [number]}))  # fmt: skip
    wanted = select(Volume).where(
        Volume.price.in_([Decimal("12.30"), Decimal("99.99")]), Volume.lent_at.in_([at]), Volume.printed_on >= at.date(), Volume.is_rare.in_([True, False])
    ).order_by(Volume.title)  # fmt: skip
    records = Records(wanted)

    def told(found: Any) -> list[dict[str, Any]]:
        return [{column.key: getattr(one, column.key) for column in inspect(Volume).column_attrs} for one in found]

    with library.database.transaction() as db:
        expected = told(db.scalars(wanted).all())
        assert [one["price"] for one in expected] == [Decimal("12.30"), Decimal("99.99")]
        written = records.all(db)
        assert all(one in db for one in written)
    with library.database.transaction(read=True) as db:
        read = records.all(db)
        assert told(read) == told(written) == expected
        assert not any(one in db for one in read)
        assert not (library.database.is_sqlite and db.in_transaction()), "no connection was taken from the pool"


def test_a_count_is_the_one_of_now(library: TestDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is remembered while nothing is committed, on SQLite, and never for longer."""
    counts, counted = Count(select(func.count()).select_from(Volume)), []
    count = counts._counted
    monkeypatch.setattr(counts, "_counted", lambda db: counted.append(1) or count(db))
    for number in range(3):
        with library.database.transaction(read=True) as db:
            assert counts.of(db) == counts.of(db) == number
        with library.database.transaction() as db:
            db.add(Volume(title="one more"))
            db.flush()
            assert counts.of(db) == number + 1, "a transaction sees what it wrote itself"
    assert len(counted) == (6 if library.database.is_sqlite else 9)


def test_children_come_with_a_record_or_not_at_all(library: TestDoor) -> None:
    with library.database.transaction() as db:
        db.add(Volume(title="whole", pages_of=[Leaf(number=2), Leaf(number=1)]))
    with library.database.transaction(read=True) as db:
        (whole,) = Records(select(Volume).where(Volume.title == "whole"), is_whole=True).all(db)
        assert [leaf.number for leaf in whole.pages_of] == [1, 2]
        (alone,) = Records(select(Volume).where(Volume.title == "whole")).all(db)
        with pytest.raises(DetachedInstanceError):
            _ = alone.pages_of


def test_one_record_comes_with_its_children(library: TestDoor, caller: Any) -> None:
    book = add(library, caller(), title="t")
    with library.database.transaction() as db:
        (found,) = one_in(Book, Book.title == "t", locked=True, children=(Book.chapters,)).all(db, record_id=book["id"])
        assert "chapters" in vars(found)


def take(inbox: InboxRunner, events: list[dict[str, Any]]) -> None:
    """Hand events to an inbox, and let its runner look once."""
    inbox.take(events)
    inbox.handle_next()


def test_events_are_stored_and_handled_in_one_transaction(library: TestDoor) -> None:
    inbox = InboxRunner(library)
    take(inbox, [envelope(1), envelope(2, remind_at="no moment"), envelope(3)])
    assert heard(library) == ["1", "3"]
    assert statuses(library) == {1: ("done", 0), 2: ("pending", 1), 3: ("done", 0)}


def test_an_event_that_fails_as_it_comes_in_is_an_attempt(library: TestDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.inbox.FIRST_WAIT", timedelta(hours=1))
    inbox = InboxRunner(library)
    take(inbox, [envelope(1, remind_at="no moment")])
    assert (heard(library), statuses(library)) == ([], {1: ("pending", 1)})
    assert inbox.handle_next() == 0


def test_an_event_that_comes_twice_is_handled_once(library: TestDoor) -> None:
    inbox, again = InboxRunner(library), envelope(1)
    take(inbox, [again])
    take(inbox, [again])
    assert heard(library) == ["1"]


def test_what_is_too_much_for_one_transaction_waits_for_the_next(library: TestDoor) -> None:
    inbox = InboxRunner(library)
    inbox.store([envelope(number) for number in range(TOGETHER + 2)])
    assert inbox.handle_next() == TOGETHER
    assert len(heard(library)) == TOGETHER
    assert inbox.handle_next() == 2
    assert len(heard(library)) == TOGETHER + 2


def test_where_handling_fails_as_a_whole_the_events_are_kept(library: TestDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = InboxRunner(library)

    def broken(*given: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(inbox, "_handle_at_once", broken)
    inbox.take([envelope(1), envelope(2)])
    assert statuses(library) == {1: ("pending", 0), 2: ("pending", 0)}
    monkeypatch.undo()
    assert inbox.handle_next() == 2
    assert heard(library) == ["1", "2"]


def test_a_session_that_is_taken_again_knows_nothing_of_its_last_reader(library: TestDoor, caller: Any) -> None:
    add(library, caller(), title="seen")
    with library.database.transaction(read=True) as first:
        first.info["configuration"] = "of the first"
        (book,) = first.scalars(select(Book))
    with library.database.transaction(read=True) as second:
        assert "configuration" not in second.info
        assert book not in second
        assert not second.in_transaction()
        with library.database.transaction(read=True) as beside:
            assert beside is not second


def test_only_a_note_that_may_be_lost_does_not_wait_for_the_disk(library: TestDoor) -> None:
    # The servers of tests wait for no disk; who said so tells them apart.
    asked = "PRAGMA synchronous" if library.database.is_sqlite else "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
    noted = 1 if library.database.is_sqlite else "session"
    for may_be_lost in (False, True, False, True):
        with library.database.transaction(may_be_lost=may_be_lost) as db:
            db.add(Person(id=new_id(), name="noted"))
            db.flush()
            assert (db.execute(text(asked)).scalar_one() == noted) is may_be_lost
    with library.database.transaction(read=True) as db:
        assert db.scalar(select(func.count()).where(Person.name == "noted")) == 4
