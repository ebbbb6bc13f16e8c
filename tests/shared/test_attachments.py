"""Files on books: whose they are, who sees them, what history says, and what becomes of their bytes."""

from __future__ import annotations

import io
from typing import Any

import pytest

from shared.errors import Unavailable
from shared.file_keys import StrayFile
from shared.files import file_store
from tests.doors import Refused, TestDoor

FACTS = {"file_name": "cover.png", "content_type": "image/png", "size": 5, "sha256": "a" * 64}


def attach(door: TestDoor, caller: Any, book_id: str) -> tuple[Any, str]:
    place = door.call("begin_book_attachment", caller, id=book_id, **FACTS)
    file_store(door.settings).put(place["file_key"], io.BytesIO(b"bytes"))
    return door.call("add_book_attachment", caller, id=book_id, **FACTS, **place), place["file_key"]


def test_attachment_is_listed_told_in_history_and_goes_with_its_bytes(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = library.call("create_book", me, title="Water Margin")
    added, key = attach(library, me, book["id"])
    assert "file_key" not in added
    assert library.call("list_book_attachments", me, id=book["id"]) == {"items": [added], "total": 1}
    assert library.call("get_book", me, id=book["id"])["version"] == book["version"]
    library.tick("remove_stray_files")
    with file_store(library.settings).open(key) as stream:
        assert stream.read() == b"bytes"
    library.call("delete_book_attachment", me, id=book["id"], attachment_id=added["id"])
    history = library.call("book_history", me, id=book["id"])["items"]
    assert [(entry["action"], entry["changes"]) for entry in history[:2]] == [
        ("detached", [{"field": "attachments", "old": "cover.png", "new": None}]),
        ("attached", [{"field": "attachments", "old": None, "new": "cover.png"}]),
    ]
    library.tick("remove_stray_files")
    with pytest.raises(Unavailable):
        file_store(library.settings).open(key)


def test_strangers_and_wrong_records_find_nothing(library: TestDoor, caller: Any) -> None:
    me, stranger = caller(), caller(scopes={"books": "own"})
    one, other = (library.call("create_book", me, title=title)["id"] for title in ("One", "Other"))
    added, _ = attach(library, me, one)
    by_id = {"attachment_id": added["id"]}
    attempts = [
        (stranger, "list_book_attachments", {"id": one}), (stranger, "begin_book_attachment", {"id": one, **FACTS}),
        (stranger, "add_book_attachment", {"id": one, "file_key": "x", **FACTS}), (stranger, "get_book_attachment", {"id": one, **by_id}),
        (stranger, "delete_book_attachment", {"id": one, **by_id}), (me, "get_book_attachment", {"id": other, **by_id}),
        (me, "delete_book_attachment", {"id": other, **by_id}),
    ]  # fmt: skip
    for who, method, arguments in attempts:
        with pytest.raises(Refused) as refused:
            library.call(method, who, **arguments)
        assert refused.value.status == 404, method
    with library.database.transaction(read=True) as db:
        assert db.query(StrayFile).count() == 0


def test_a_record_takes_so_many_files_and_no_more(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.resources.attachments.MOST", 2)
    me = caller()
    book, other = (library.call("create_book", me, title=title) for title in ("Full", "Empty"))
    for _ in range(2):
        attach(library, me, book["id"])
    with pytest.raises(Refused) as refused:
        attach(library, me, book["id"])
    assert (refused.value.status, refused.value.code) == (409, "too_many_attachments")
    attach(library, me, other["id"])


def test_same_upload_again_is_one_attachment(library: TestDoor, caller: Any) -> None:
    me = caller()
    book_id = library.call("create_book", me, title="Once")["id"]
    place = library.call("begin_book_attachment", me, key="k0", id=book_id, **FACTS)
    assert library.call("begin_book_attachment", me, key="k0", id=book_id, **FACTS) == place
    first = library.call("add_book_attachment", me, key="k1", id=book_id, **FACTS, **place)
    assert library.call("add_book_attachment", me, key="k1", id=book_id, **FACTS, **place) == first
    with pytest.raises(Refused) as refused:
        library.call("add_book_attachment", me, key="k2", id=book_id, **FACTS, **place)
    assert (refused.value.status, refused.value.code) == (409, "upload_expired")


def test_purged_record_lets_go_of_its_files(library: TestDoor, caller: Any) -> None:
    me = caller()
    book_id = library.call("create_book", me, title="Gone")["id"]
    _, key = attach(library, me, book_id)
    library.call("delete_book", me, id=book_id)
    with pytest.raises(Refused):
        library.call("list_book_attachments", me, id=book_id)
    library.tick("remove_stray_files")
    with file_store(library.settings).open(key) as stream:
        assert stream.read() == b"bytes"
    library.call("purge_book", me, id=book_id)
    library.tick("remove_stray_files")
    with pytest.raises(Unavailable):
        file_store(library.settings).open(key)
