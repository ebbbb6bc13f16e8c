"""Importing books from files into the library, on both databases: dry run, policies, errors by row, going on after a crash."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import xlsxwriter

from shared.files import file_store
from shared.i18n import LANGUAGES
from shared.jobs import MOST_ATTEMPTS, claim
from shared.resources import import_jobs
from shared.resources.importing import ImportJob
from tests.doors import Refused, TestDoor

HEADINGS = ["Title", "Code", "Price", "Pages", "Shelf", "Is rare", "Printed on"]


def csv_of(*rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> bytes:
    return "\r\n".join(",".join(row) for row in (headings, *rows)).encode()


def upload(door: TestDoor, caller: Any, content: bytes, *, module: str = "books", name: str = "books.csv", **given: Any) -> Any:
    key = door.call(f"begin_{module}_import", caller)["file_key"]
    file_store(door.settings).put(key, io.BytesIO(content))
    return door.call(f"import_{module}", caller, file_key=key, file_name=name, sha256="0" * 64, **given)


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


def test_template_is_understood_in_its_own_language_and_any_other(library: TestDoor, caller: Any) -> None:
    for language in LANGUAGES:
        _fill_in(library, caller, library.call("books_import_template", caller(language=language)))


def _fill_in(library: TestDoor, caller: Any, told: Any) -> None:
    labels = [column["label"] + ("*" if column["required"] else "") for column in told["columns"]]
    assert "lent_at" not in {column["name"] for column in told["columns"]}
    values = {"title": "Alpha", "shelf": told["columns"][[c["name"] for c in told["columns"]].index("shelf")]["choices"][1]}
    row = [values.get(column["name"], "") for column in told["columns"]]
    job = checked(library, caller(language="en"), csv_of(row, headings=labels))
    assert (job["counts"]["created"], job["bad_rows"]) == (1, [])


def test_each_bad_row_is_told_with_its_number_column_and_reason(library: TestDoor, caller: Any) -> None:
    library.call("create_book", caller(), title="There", code="T1")
    me = caller(language="zh-CN")
    content = csv_of(
        ["", "A1", "", "", "", "", ""], ["Good", "A2", "", "", "", "", ""], ["x" * 61, "A3", "-1", "many", "nowhere", "maybe", "31 Feb"],
        ["Again", "A2", "", "", "", "", ""], ["Taken", "T1", "", "", "", "", ""],
    )  # fmt: skip
    job = checked(library, me, content)
    assert job["counts"] == {"created": 1, "updated": 0, "skipped": 0, "bad": 4}
    told = {row["row"]: {one["field"]: one["code"] for one in row["errors"]} for row in job["bad_rows"]}
    assert told == {
        2: {"title": "required"},
        4: {"title": "too_long", "price": "too_small", "pages": "invalid_whole_number", "shelf": "invalid_choice",
            "is_rare": "invalid_flag", "printed_on": "invalid_date"},
        5: {"code": "repeated_in_file"}, 6: {"code": "already_exists"},
    }  # fmt: skip
    assert job["bad_rows"][2]["errors"][0] == {
        "heading": "Code", "field": "code", "value": "A2", "code": "repeated_in_file", "detail": "与本文件第 3 行是同一条记录。",
    }  # fmt: skip
    assert {one["field"]: one["value"] for one in job["bad_rows"][1]["errors"]} == {
        "title": "x" * 61, "price": "-1", "pages": "many", "shelf": "nowhere", "is_rare": "maybe", "printed_on": "31 Feb",
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        library.call("commit_import", me, id=job["id"])
    assert (refused.value.status, refused.value.code) == (409, "import_has_bad_rows")
    assert titles(library, me) == ["There"]
    result = library.call("import_result", me, id=job["id"])
    assert [row[1] for row in result["rows"]] == ["不符合要求", "将新建", "不符合要求", "不符合要求", "不符合要求"]


@pytest.mark.parametrize("duplicates", ["create", "skip", "update"])
def test_unknown_choices_and_custom_values_are_told_with_all_else_in_their_row(library: TestDoor, caller: Any, duplicates: str) -> None:
    me = caller()
    library.call("create_book_field", me, name="c_budget", type="money", labels={"en": "Budget"})
    colors = [{"value": value, "labels": {"en": value.title()}} for value in ("red", "blue")]
    library.call("create_book_field", me, name="c_colors", type="multi_choice", choices=colors, labels={"en": "Colours"})
    content = csv_of(
        ["Alpha", "A1", "-1", "Romance", "much", "Red; green"], ["Beta", "B1", "2", "poetry", "3", "red;Blue"],
        headings=["Title", "Code", "Price", "Genre", "Budget", "Colours"],
    )  # fmt: skip
    job = checked(library, me, content, duplicates=duplicates)
    [bad] = job["bad_rows"]
    told = {one["field"].partition(".")[0]: (one["code"], one["value"]) for one in bad["errors"]}
    assert (bad["row"], told) == (2, {
        "price": ("too_small", "-1"), "genre": ("invalid_choice", "Romance"), "c_budget": ("invalid_decimal", "much"),
        "c_colors": ("invalid_choice", "Red; green"),
    })  # fmt: skip
    [genre] = [one["detail"] for one in bad["errors"] if one["field"] == "genre"]
    assert genre == "Must be one of: novel, poetry, history."


def test_required_custom_field_is_asked_of_new_records_alone(library: TestDoor, caller: Any) -> None:
    me = caller()
    library.call("create_book", me, title="There", code="A1")
    library.call("create_book_field", me, name="c_budget", type="money", required=True, labels={"en": "Budget"})
    content = csv_of(["Alpha", "A1", ""], ["Beta", "B1", ""], ["Gamma", "C1", "5"], headings=["Title", "Code", "Budget"])
    job = checked(library, me, content, duplicates="update")
    assert job["counts"] == {"created": 1, "updated": 1, "skipped": 0, "bad": 1}
    assert [(row["row"], row["errors"][0]["field"], row["errors"][0]["code"]) for row in job["bad_rows"]] == [(3, "c_budget", "required")]


def test_duplicates_are_skipped_or_updated_as_asked(library: TestDoor, caller: Any) -> None:
    me = caller()
    old = library.call("create_book", me, title="Old", code="A1", price="5.00", pages=7)
    content = csv_of(
        ["New title", "A1", "6.00", "", "", "", ""], ["Second", "B1", "", "", "", "", ""], ["Second again", "B1", "9.00", "", "", "", ""]
    )
    done = committed(library, me, checked(library, me, content, duplicates="skip"))
    assert done["counts"] == {"created": 1, "updated": 0, "skipped": 2, "bad": 0}
    assert titles(library, me) == ["Old", "Second"]
    done = committed(library, me, checked(library, me, content, duplicates="update"))
    assert done["counts"] == {"created": 0, "updated": 3, "skipped": 0, "bad": 0}
    assert titles(library, me) == ["New title", "Second again"]
    changed = library.call("get_book", me, id=old["id"])
    assert (changed["price"], changed["pages"], changed["version"]) == ("6.00", 7, 2)


def test_update_within_one_file_finds_the_row_before(library: TestDoor, caller: Any) -> None:
    me = caller()
    content = csv_of(["First", "A1", "1.00", "", "", "", ""], ["Last", "A1", "2.00", "", "", "", ""])
    done = committed(library, me, checked(library, me, content, duplicates="update"))
    assert done["counts"] == {"created": 1, "updated": 1, "skipped": 0, "bad": 0}
    [book] = library.call("list_books", me)["items"]
    assert (book["title"], book["price"]) == ("Last", "2.00")


REFUSED_COLUMNS: list[tuple[list[str], Any, str, str]] = [
    (["Title", "Nonsense"], {"dry_run": False}, "file", "unknown_column"),
    (["Title", "Lent at"], {"dry_run": False}, "file", "read_only_column"),
    (["Title", "Version"], {"dry_run": False}, "file", "read_only_column"),
    (["Code", "Price"], {}, "file", "column_missing"),
    (["Title", "title"], {}, "file", "repeated_column"),
    (["Title", "X"], {"mapping": {"Y": "code"}}, "mapping", "heading_not_in_file"),
    (["Title", "X"], {"mapping": {"X": "version"}}, "mapping", "field_not_importable"),
    (["Title", "X"], {"mapping": ["X"]}, "mapping", "invalid_object"),
    (["Title", "X"], {"duplicates": "overwrite"}, "duplicates", "invalid_choice"),
]


def test_columns_that_cannot_be_imported_are_named(library: TestDoor, caller: Any) -> None:
    for headings, given, field, code in REFUSED_COLUMNS:
        with pytest.raises(Refused) as refused:
            upload(library, caller(), csv_of(["a", "b"], headings=headings), **given)
        assert (refused.value.status, refused.value.fields) == (422, {field: code})
    assert titles(library, caller()) == []


def test_mapping_names_fields_and_leaves_columns_out(library: TestDoor, caller: Any) -> None:
    content = csv_of(["Alpha", "ignored", "1"], headings=["书名是什么", "Version", "Price"])
    job = checked(library, caller(), content, mapping={"书名是什么": "title", "Version": None})
    assert job["columns"] == [
        {"heading": "书名是什么", "field": "title", "is_matched": True},
        {"heading": "Version", "field": None, "is_matched": True},
        {"heading": "Price", "field": "price", "is_matched": True},
    ]
    assert job["can_commit"]


def test_columns_that_fit_no_field_wait_for_their_mapping(library: TestDoor, caller: Any) -> None:
    me, content = caller(), csv_of(["Alpha", "x", "1"], headings=["书名是什么", "Version", "Price"])
    job = checked(library, me, content)
    assert [(one["field"], one["is_matched"]) for one in job["columns"]] == [(None, False), (None, False), ("price", True)]
    assert not job["can_commit"]
    for mapping in ({}, {"书名是什么": "title"}):
        job = checked(library, me, content, mapping=mapping)
        with pytest.raises(Refused) as refused:
            library.call("commit_import", me, id=job["id"])
        assert (refused.value.status, refused.value.code) == (409, "import_has_unmatched_columns")
    assert "Version" in refused.value.problem["detail"]
    job = checked(library, me, content, mapping={"书名是什么": "title", "Version": None})
    assert job["can_commit"]
    assert committed(library, me, job)["counts"]["created"] == 1
    assert titles(library, me) == ["Alpha"]


def test_file_without_rows_is_refused(library: TestDoor, caller: Any) -> None:
    with pytest.raises(Refused) as refused:
        upload(library, caller(), csv_of())
    assert (refused.value.status, refused.value.fields) == (422, {"file": "file_has_no_rows"})


def test_import_is_its_users_alone_and_needs_the_rights_it_uses(library: TestDoor, caller: Any) -> None:
    me = caller(permissions=["book:import", "book:create"])
    content = csv_of(["Alpha", "A1", "", "", "", "", ""])
    job = checked(library, me, content)
    for method in ("get_import", "commit_import", "import_result"):
        with pytest.raises(Refused) as refused:
            library.call(method, caller(permissions=["book:import", "book:create"]), id=job["id"])
        assert refused.value.status == 404
    for permissions, duplicates in ((["book:import"], "create"), (["book:create"], "create"), (["book:import", "book:create"], "update")):
        with pytest.raises(Refused) as refused:
            upload(library, caller(permissions=permissions), content, duplicates=duplicates)
        assert refused.value.status == 403


def test_same_request_again_is_one_import(library: TestDoor, caller: Any) -> None:
    me = caller()
    first = upload(library, me, csv_of(["Alpha", "", "", "", "", "", ""]))
    again = library.call("begin_books_import", me)["file_key"]
    file_store(library.settings).put(again, io.BytesIO(csv_of(["Alpha", "", "", "", "", "", ""])))
    arguments = {"file_key": again, "file_name": "books.csv", "sha256": "0" * 64}
    assert library.call("import_books", me, key="k", **arguments) == library.call("import_books", me, key="k", **arguments)
    assert first["id"] != library.call("import_books", me, key="k", **arguments)["id"]


def test_without_dry_run_it_imports_when_all_is_well_and_nothing_when_not(library: TestDoor, caller: Any) -> None:
    me = caller()
    good, bad = ["Alpha", "A1", "", "", "", "", ""], ["", "B1", "", "", "", "", ""]
    assert checked(library, me, csv_of(good, bad), dry_run=False)["status"] == "checked"
    assert titles(library, me) == []
    assert checked(library, me, csv_of(good), dry_run=False)["status"] == "done"
    assert titles(library, me) == ["Alpha"]


def test_row_that_fails_only_when_imported_is_told_and_the_others_go_in(library: TestDoor, caller: Any) -> None:
    me = caller()
    job = checked(library, me, csv_of(*([f"Book {number}", f"C{number}", "", "", "", "", ""] for number in range(5))))
    library.call("create_book", me, title="Meanwhile", code="C3")
    done = committed(library, me, job)
    assert (done["counts"]["created"], done["counts"]["bad"]) == (4, 1)
    assert [(row["row"], row["errors"][0]["code"]) for row in done["bad_rows"]] == [(5, "already_exists")]


def test_crash_between_chunks_loses_and_doubles_nothing(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_jobs, "ROWS_AT_A_TIME", 3)
    monkeypatch.setattr(ImportJob, "lease", timedelta())
    me = caller()
    job = checked(library, me, csv_of(*([f"Book {number:02d}", f"C{number}", "", "", "", "", ""] for number in range(10))))
    library.call("commit_import", me, id=job["id"])
    noted = import_jobs._note
    crashes = iter([False, True, False, True])

    def crashing(*args: Any) -> bool:
        going_on = noted(*args)
        if next(crashes, False):
            raise KeyboardInterrupt
        return going_on

    monkeypatch.setattr(import_jobs, "_note", crashing)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            library.tick("carry_on_imports")
    library.tick("carry_on_imports")
    told = library.call("get_import", me, id=job["id"])
    assert (told["status"], told["counts"]["created"]) == ("done", 10)
    assert titles(library, me) == [f"Book {number:02d}" for number in range(10)]


def test_two_replicas_never_work_on_one_import(library: TestDoor, caller: Any) -> None:
    me = caller()
    upload(library, me, csv_of(["Alpha", "", "", "", "", "", ""]))
    call = library._call(me)
    first = claim(call, ImportJob)
    assert first is not None
    assert claim(call, ImportJob) is None


def test_job_that_fails_again_and_again_is_given_up(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = caller()
    job = upload(library, me, csv_of(["Alpha", "", "", "", "", "", ""]))
    monkeypatch.setattr(ImportJob, "lease", timedelta())
    monkeypatch.setattr(import_jobs, "_next_rows", lambda *args: 1 / 0)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            library.tick("carry_on_imports")
    monkeypatch.undo()
    library.tick("carry_on_imports")
    assert library.call("get_import", me, id=job["id"])["status"] == "failed"


def test_workbook_with_dates_and_numbers_is_imported(library: TestDoor, caller: Any) -> None:
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Title", "Price", "Pages", "Printed on"])
    sheet.write_row(1, 0, ["Alpha", 1200.1, 12])
    sheet.write_datetime(1, 3, datetime(2026, 1, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    me = caller()
    done = committed(library, me, checked(library, me, output.getvalue(), name="books.xlsx"))
    assert done["status"] == "done"
    [found] = library.call("list_books", me)["items"]
    assert (found["price"], found["pages"], found["printed_on"]) == ("1200.10", 12, "2026-01-05")


def test_old_imports_are_forgotten_and_their_records_stay(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = caller()
    job = committed(library, me, checked(library, me, csv_of(["Alpha", "", "", "", "", "", ""])))
    monkeypatch.setattr(import_jobs, "KEPT_FOR", -import_jobs.KEPT_FOR)
    library.tick("forget_old_imports")
    with pytest.raises(Refused):
        library.call("get_import", me, id=job["id"])
    assert titles(library, me) == ["Alpha"]
