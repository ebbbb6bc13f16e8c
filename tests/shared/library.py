"""A tiny service for tests of the chassis: books with chapters, lent to people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.bus import Call, Service, every, on, publish, rpc
from shared.contracts.activity import ReminderCreated
from shared.db import Customizable, Model, Plain, QuantityType, Record, new_id, new_metadata, next_number
from shared.errors import WrongState
from shared.resources import BatchInput, BatchResultSchema, IdInput, Importing, QuickView, RecordSchema, Related, Resource, RowAction, batch
from shared.schema import Choice, Day, Dictionary, Flag, LongText, Many, Moment, Money, Quantity, Schema, Text, Whole
from tests.doors import TestDoor


class Base(Model):
    """The root of all tables of library."""

    __abstract__ = True
    metadata = new_metadata()


class Book(Customizable, Record, Base):
    """A book."""

    __tablename__ = "books"

    title: Mapped[str]
    code: Mapped[str | None] = mapped_column(unique=True)
    number: Mapped[str]
    genre: Mapped[str | None]
    summary: Mapped[str | None]
    price: Mapped[Decimal | None]
    weight: Mapped[Decimal | None] = mapped_column(QuantityType())
    pages: Mapped[int | None]
    shelf: Mapped[str] = mapped_column(default="open")
    is_rare: Mapped[bool] = mapped_column(default=False)
    printed_on: Mapped[date | None]
    lent_at: Mapped[datetime | None]
    chapters: Mapped[list[Chapter]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    def told(self) -> ReminderCreated:
        """An event with the book as it is now."""
        return ReminderCreated(reminder_id=self.id, user_id="", kind="book", text=self.title, remind_at=self.created_at)

    def lend(self, *, at: datetime, to: str | None) -> ReminderCreated:
        """Lend the book; 409 when it is out."""
        if self.lent_at:
            raise WrongState("lent")
        self.lent_at = at
        return ReminderCreated(reminder_id=self.id, user_id=to or "", kind="lent", text=self.title, remind_at=at)


class Chapter(Plain, Base):
    """A chapter of a book."""

    __tablename__ = "chapters"

    book_id: Mapped[str] = mapped_column(ForeignKey("books.id"))
    title: Mapped[str]


class Volume(Customizable, Plain, Base):
    """A row with a column of every kind, and leaves that come only when asked for."""

    __tablename__ = "volumes"

    title: Mapped[str]
    price: Mapped[Decimal | None]
    weight: Mapped[Decimal | None] = mapped_column(QuantityType())
    pages: Mapped[int | None]
    is_rare: Mapped[bool] = mapped_column(default=False)
    printed_on: Mapped[date | None]
    lent_at: Mapped[datetime | None]
    pages_of: Mapped[list[Leaf]] = relationship(cascade="all, delete-orphan", order_by="Leaf.number")


class Leaf(Plain, Base):
    """A leaf of a volume."""

    __tablename__ = "leaves"

    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"))
    number: Mapped[int]


class Heard(Plain, Base):
    """What the service heard."""

    __tablename__ = "heard"

    text: Mapped[str]


class ChapterSchema(Schema):
    """A chapter."""

    title = Text(required=True)


class BookSchema(RecordSchema):
    """A book."""

    title = Text(required=True, max=60)
    code = Text(allow_none=True, max=20)
    number = Text(dump_only=True)
    genre = Dictionary("book_genre", ("novel", "poetry", "history"), kept=("novel",), tones={"novel": "good"}, allow_none=True)
    summary = LongText(allow_none=True)
    price = Money(min="0", allow_none=True)
    weight = Quantity(allow_none=True)
    pages = Whole(min=1, max=100_000, allow_none=True)
    shelf = Choice(("open", "closed"))
    is_rare = Flag()
    printed_on = Day(allow_none=True)
    lent_at = Moment(dump_only=True)
    chapters = Many(ChapterSchema, max=5)


def create_book(db: Any, *, data: dict[str, Any], caller: Any, now: datetime) -> Book:
    """Add a book with its chapters."""
    chapters = [Chapter(**chapter) for chapter in data.pop("chapters", [])]
    book = Book(**data, chapters=chapters, number=next_number(db, "BK"))
    db.add(book)
    return book


BOOKS = Resource(
    "books", Book, BookSchema, create=create_book, search=("title", "code"), columns=("title", "genre", "price"), number="BK",
    restored=lambda book: book.told(), sections={"print": ("pages", "weight", "printed_on")},
    related=(Related.list("chapters", "book_id"),), views=(QuickView("not_lent", {"field": "lent_at", "op": "is_empty"}, "title", opens=True),),
    actions=(RowAction("lend", when=lambda book, caller: book.lent_at is None, tone="info", confirm=True),),
    imports=Importing(match={"code": itemgetter("code")}),
)  # fmt: skip


class LendInput(IdInput):
    """For how many days, and a word with it."""

    days = Whole(min=1, max=60, load_default=14)
    note = Text(max=100)


class LibraryService(Service):
    """Books, and who has them."""

    name = "library"
    base = Base
    resources = (BOOKS,)
    unique = {"books.code": ("code", "value_taken")}

    @rpc(takes=LendInput, gives=BookSchema)
    def lend_book(self, call: Call, *, id: str, days: int = 14, note: str = "") -> Book:
        """Lend a book."""
        book: Book = BOOKS.locked(call.db, call.caller, id)
        publish(call.db, book.lend(at=call.now, to=call.caller.user_id))
        return book

    @rpc(takes=BatchInput, gives=BatchResultSchema, batch=True)
    def batch_lend_books(self, call: Call, *, ids: list[str]) -> dict[str, Any]:
        """Lend many."""
        return batch(call, ids, lambda one: self.lend_book(call, id=one))

    @rpc()
    def break_down(self, call: Call) -> None:
        """Fail in a way nobody foresaw."""
        raise RuntimeError("secret: SELECT * FROM books")

    @on(ReminderCreated)
    def note_loan(self, call: Call, event: ReminderCreated) -> None:
        """Keep what was heard."""
        call.db.add(Heard(id=new_id(), text=event.text))

    @every(seconds=60)
    def mark_rare_books(self, call: Call) -> None:
        """Old books are rare."""
        for book in call.db.query(Book).filter(Book.printed_on < date(1900, 1, 2)):
            book.is_rare = True


def add(door: TestDoor, caller: Any, **fields: Any) -> Any:
    """A new book, as the door answers it."""
    return door.call("create_book", caller, **({"title": "Journey to the West"} | fields))
