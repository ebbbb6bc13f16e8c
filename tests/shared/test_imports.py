"""Importing books from files into the library, on both databases: dry run, policies, errors by row, going on after a crash."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest

from shared.files import file_store
from tests.doors import TestDoor
from tests.shared.library import LibraryService

HEADINGS = ["Title", "Code", "Price", "Pages", "Shelf", "Is rare", "Printed on"]


@pytest.fixture
def library(door_of: Any) -> TestDoor:
    door: TestDoor = door_of(LibraryService)
    return door


def csv_of(*rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> bytes:
    return "\r\n".join(",".join(row) for row in (headings, *rows)).encode()


def upload(door: TestDoor, caller: Any, content: bytes, *, name: str = "books.csv", **given: Any) -> Any:
    key = door.call("begin_books_import", caller)["file_key"]
    file_store(door.settings).put(key, io.BytesIO(content))
    return door.call("import_books", caller, file_key=key, file_name=name, sha256="0" * 64, **given)


def checked(door: TestDoor, caller: Any, content: bytes, **given: Any) -> Any:
    job = upload(door, caller, content, **given)
    door.tick("carry_on_imports")
    return door.call("get_import", caller, id=job["id"])


def committed(door: TestDoor, caller: Any, job: Any) -> Any:
    door.call("commit_import", caller, id=job["id"])
    door.tick("carry_on_imports")
    return door.call("get_import", caller, id=job["id"])


def titles(door: TestDoor, caller: Any) -> list[str]:
    return [book["title"] for book in door.call("list_books", caller, sort="title", page_size="200")["items"]]


def test_dry_run_changes_nothing_and_the_commit_imports_all(library: TestDoor, caller: Any) -> None:
    me = caller()
    content = csv_of(["Alpha", "A1", "1200.50", "10", "Open", "yes", "2026/1/5"], ["Beta", "B1", "", "", "", "", ""])
    job = checked(library, me, content)
    assert (job["status"], job["total"], job["progress"], job["can_commit"]) == ("checked", 2, 2, True)
    assert job["counts"] == {"created": 2, "updated": 0, "skipped": 0, "bad": 0}
    assert titles(library, me) == []
    done = committed(library, me, job)
    assert (done["status"], done["counts"]["created"], done["can_commit"]) == ("done", 2, False)
    alpha = next(book for book in library.call("list_books", me)["items"] if book["title"] == "Alpha")
    assert {name: alpha[name] for name in ("price", "pages", "shelf", "is_rare", "printed_on", "owner_id")} == {
        "price": "1200.50", "pages": 10, "shelf": "open", "is_rare": True, "printed_on": "2026-01-05", "owner_id": me.user_id,
    }  # fmt: skip
    assert library.call("book_history", me, id=alpha["id"])["items"][0]["channel"] == "import"
