"""The chassis through a tiny service: door, resources, list dialect, trail, idempotency, on both databases."""

from __future__ import annotations

import json
import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared import clock, trail
from shared.contracts.activity import ReminderCreated
from shared.db import find, new_id
from tests.doors import Refused, TestDoor
from tests.shared.library import Book, Heard, add


def test_create_gives_the_record_with_owner_version_and_can(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = add(library, me, price="12.5", weight=0.125, chapters=[{"title": "One"}])
    assert (book["price"], book["weight"], book["version"], book["owner_id"]) == ("12.50", "0.125", 1, me.user_id)
    assert book["chapters"] == [{"title": "One"}]
    assert book["can"] == ["update", "delete", "assign", "lend"]
    assert library.call("get_book", me, id=book["id"]) == book


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, {"title": "must_not_be_blank"}),
        ({"title": None}, {"title": "must_not_be_null"}),
        ({"title": "x" * 1_000_000}, {"title": "too_long"}),
        ({"title": "a\x00b"}, {"title": "forbidden_characters"}),
        ({"title": 5}, {"title": "invalid_text"}),
        ({"price": 1.5}, {"price": "invalid_decimal"}),
        ({"price": "-1"}, {"price": "too_small"}),
        ({"price": "1e3"}, {"price": "invalid_decimal"}),
        ({"price": "NaN"}, {"price": "invalid_decimal"}),
        ({"price": "1.005"}, {"price": "too_many_places"}),
        ({"price": "٣"}, {"price": "invalid_decimal"}),
        ({"price": "9" * 30}, {"price": "number_too_large"}),
        ({"price": True}, {"price": "invalid_decimal"}),
        ({"pages": "5"}, {"pages": "invalid_whole_number"}),
        ({"pages": True}, {"pages": "invalid_whole_number"}),
        ({"pages": 0}, {"pages": "out_of_range"}),
        ({"shelf": "attic"}, {"shelf": "invalid_choice"}),
        ({"is_rare": "true"}, {"is_rare": "invalid_flag"}),
        ({"printed_on": "2026-02-30"}, {"printed_on": "invalid_date"}),
        ({"printed_on": "0000-01-01"}, {"printed_on": "invalid_date"}),
        ({"chapters": [{"title": "x"}] * 6}, {"chapters": "too_many_items"}),
        ({"chapters": [{"title": "x"}, {}]}, {"chapters.1.title": "required"}),
        ({"version": 7}, {"version": "read_only"}),
        ({"nonsense": 7}, {"nonsense": "unknown_field"}),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(
    library: TestDoor, caller: Any, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        add(library, caller(), **fields)
    assert (refused.value.status, refused.value.fields) == (422, wrong)
    assert library.call("list_books", caller())["total"] == 0


def test_update_needs_the_current_version(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = add(library, me)
    changed = library.call("update_book", me, id=book["id"], version=1, title="Dream of the Red Chamber")
    assert (changed["title"], changed["version"]) == ("Dream of the Red Chamber", 2)
    with pytest.raises(Refused) as refused:
        library.call("update_book", me, id=book["id"], version=1, title="Water Margin")
    assert (refused.value.status, refused.value.code) == (409, "stale_version")
    assert library.call("get_book", me, id=book["id"])["title"] == "Dream of the Red Chamber"


def test_history_tells_who_changed_what(library: TestDoor, caller: Any) -> None:
    me = caller("Wang Fang")
    book = add(library, me)
    library.call("update_book", me, id=book["id"], version=1, price="3.00")
    history = library.call("book_history", me, id=book["id"])
    assert [entry["action"] for entry in history["items"]] == ["updated", "created"]
    assert history["items"][0]["changes"] == [{"field": "price", "old": None, "new": "3.00"}]
    assert history["items"][0]["by"] == me.user_id


def test_a_figure_written_without_loading_its_record_leaves_the_same_trail(library: TestDoor, caller: Any) -> None:
    me, now = caller(), clock.now()
    book = add(library, me, price="12.50", pages=90)
    with library.database.transaction() as db:
        trail.begin(db, me, now)
        loaded = find(db, Book, book["id"])
        assert loaded is not None
        loaded.pages = 91
        trail.change(db, Book, book["id"], {"price": (Decimal("12.50"), Decimal("7.25"))})
        assert (loaded.price, loaded.pages, loaded.version, loaded.updated_at) == (Decimal("7.25"), 91, 3, now)
    shown = library.call("get_book", me, id=book["id"])
    assert (shown["price"], shown["pages"], shown["version"], shown["updated_by"]) == ("7.25", 91, 3, me.user_id)
    newest, before, _ = library.call("book_history", me, id=book["id"])["items"]
    assert (newest["action"], newest["changes"]) == ("updated", [{"field": "price", "old": "12.50", "new": "7.25"}])
    assert before["changes"] == [{"field": "pages", "old": 90, "new": 91}]


def test_deleted_record_is_gone_on_every_path(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = add(library, me)
    library.call("delete_book", me, id=book["id"])
    for method in ("get_book", "lend_book", "book_history", "delete_book"):
        with pytest.raises(Refused) as refused:
            library.call(method, me, id=book["id"])
        assert refused.value.status == 404
    assert library.call("list_books", me)["items"] == []


def test_another_owners_record_is_not_found(library: TestDoor, caller: Any) -> None:
    book = add(library, caller())
    stranger = caller(scopes={"books": "own"})
    for method, arguments in (("get_book", {}), ("update_book", {"version": 1, "title": "x"}), ("delete_book", {}), ("lend_book", {}),
                              ("book_history", {})):  # fmt: skip
        with pytest.raises(Refused) as refused:
            library.call(method, stranger, id=book["id"], **arguments)
        assert refused.value.status == 404, method
    with pytest.raises(Refused) as refused:
        library.call("batch_delete_books", stranger, ids=[book["id"]])
    assert refused.value.status == 409
    assert refused.value.problem["failed"][0]["code"] == "not_found"
    assert library.call("list_books", stranger)["total"] == 0


def test_one_bad_id_never_spoils_a_batch(library: TestDoor, caller: Any) -> None:
    me = caller()
    books = [add(library, me)["id"] for _ in range(3)]
    library.call("lend_book", me, id=books[1])
    answer = library.call("batch_lend_books", me, ids=books)
    assert answer["succeeded"] == 2
    assert [(item["id"], item["code"]) for item in answer["failed"]] == [(books[1], "wrong_state")]


def test_a_batch_gives_records_away_only_with_the_right_to_and_to_known_people(library: TestDoor, caller: Any) -> None:
    me, colleague = caller(), caller()
    books = [add(library, me)["id"] for _ in range(2)]
    clerk = caller(permissions=["book:read", "book:update"])
    for who, owner, code in ((clerk, clerk.user_id, "may_not_assign"), (me, colleague.user_id, "unknown_user")):
        with pytest.raises(Refused) as refused:
            library.call("batch_assign_books", who, ids=books, owner_id=owner)
        assert (refused.value.status, {one["code"] for one in refused.value.problem["failed"]}) == (409, {code})
    assert {book["owner_id"] for book in library.call("list_books", me)["items"]} == {me.user_id}
    with pytest.raises(Refused) as refused:
        library.call("batch_assign_books", me, ids=[new_id() for _ in range(1001)], owner_id=me.user_id)
    assert (refused.value.status, list(refused.value.fields)) == (422, ["ids"])


def test_same_key_gives_the_first_answer_once(library: TestDoor, caller: Any) -> None:
    me = caller()
    first = library.call("create_book", me, key="k1", title="Once")
    assert library.call("create_book", me, key="k1", title="Once") == first
    assert library.call("list_books", me)["total"] == 1
    with pytest.raises(Refused) as refused:
        library.call("create_book", me, key="k1", title="Twice")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    assert library.call("create_book", caller(), key="k1", title="Somebody else's key")["id"] != first["id"]


def test_same_key_at_once_does_the_work_once(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = add(library, me)
    answers: list[Any] = []

    def lend() -> None:
        answers.append(library.call("lend_book", me, key="lend", id=book["id"]))

    threads = [threading.Thread(target=lend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    assert len(library.published(ReminderCreated)) == 1


def test_event_is_in_the_outbox_exactly_with_the_commit(library: TestDoor, caller: Any) -> None:
    me = caller()
    book = add(library, me)
    nudges: list[int] = []
    library.on_commit = lambda: nudges.append(1)
    library.call("lend_book", me, id=book["id"])
    [event] = library.published()
    assert isinstance(event, ReminderCreated)
    assert (event.reminder_id, event.version) == (book["id"], 2)
    with pytest.raises(Refused):
        library.call("lend_book", me, id=book["id"])
    assert len(library.published()) == 1
    assert nudges == [1]


def test_unforeseen_error_tells_nothing(library: TestDoor, caller: Any) -> None:
    with pytest.raises(Refused) as refused:
        library.call("break_down", caller())
    assert refused.value.status == 500
    assert "SELECT" not in str(refused.value.problem)


def test_late_request_is_refused_before_any_work(library: TestDoor, caller: Any) -> None:
    headers = {"caller": caller().to_header(), "deadline": 1000}
    assert library.handle_rpc("create_book", {"title": "Late"}, headers)["status"] == 504
    assert library.call("list_books", caller())["total"] == 0


def test_unique_clash_names_the_field(library: TestDoor, caller: Any) -> None:
    add(library, caller(), code="A1")
    with pytest.raises(Refused) as refused:
        add(library, caller(), code="A1")
    assert (refused.value.status, refused.value.fields) == (409, {"code": "value_taken"})


def test_handler_and_timer_run_in_a_transaction(library: TestDoor, caller: Any) -> None:
    book = add(library, caller(), printed_on="1900-01-01")
    library.tick("mark_rare_books")
    assert library.call("get_book", caller(), id=book["id"])["is_rare"] is True
    library.deliver(ReminderCreated(reminder_id="r", user_id="u", kind="x", text="heard", remind_at=_moment()))
    with library.database.transaction(read=True) as db:
        assert [row.text for row in db.query(Heard)] == ["heard"]


def test_problem_is_told_in_the_callers_language(library: TestDoor, caller: Any) -> None:
    told = {}
    for language in ("en", "zh-CN", "zh-TW"):
        with pytest.raises(Refused) as refused:
            library.call("get_book", caller(language=language), id="019ab000-0000-7000-8000-000000000000")
        told[language] = refused.value.problem["detail"]
    assert told == {"en": "Not found.", "zh-CN": "未找到。", "zh-TW": "未找到。"}


class TestListDialect:
    """Search, filter, sort, paging and fields."""

    @pytest.fixture
    def shelf(self, library: TestDoor, caller: Any) -> TestDoor:
        for number, (title, price, printed) in enumerate(
            [("Alpha", "10.00", "2026-01-01"), ("beta", "2.50", None), ("Gamma 100%", None, date.today().isoformat())]
        ):
            add(library, caller(), title=title, price=price, printed_on=printed, code=f"C{number}")
        return library

    def titles(self, door: TestDoor, caller: Any, filter: Any = None, **params: str) -> list[str]:
        if filter is not None:
            params["filter"] = json.dumps(filter)
        return [row["title"] for row in door.call("list_books", caller(), **({"sort": "code"} | params))["items"]]

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ({"field": "price", "op": "gte", "value": "2.5"}, ["Alpha", "beta"]),
            ({"field": "price", "op": "is_empty"}, ["Gamma 100%"]),
            ({"field": "price", "op": "between", "value": ["1", "3.00"]}, ["beta"]),
            ({"field": "title", "op": "contains", "value": "BET"}, ["beta"]),
            ({"field": "title", "op": "contains", "value": "0%"}, ["Gamma 100%"]),
            ({"field": "title", "op": "starts_with", "value": "al"}, ["Alpha"]),
            ({"field": "title", "op": "in", "value": ["Alpha", "beta"]}, ["Alpha", "beta"]),
            ({"field": "title", "op": "not_in", "value": ["Alpha"]}, ["beta", "Gamma 100%"]),
            ({"field": "price", "op": "ne", "value": "10"}, ["beta", "Gamma 100%"]),
            ({"field": "price", "op": "eq", "value": None}, ["Gamma 100%"]),
            ({"field": "price", "op": "ne", "value": None}, ["Alpha", "beta"]),
            ({"field": "is_rare", "op": "eq", "value": False}, ["Alpha", "beta", "Gamma 100%"]),
            ({"field": "is_rare", "op": "ne", "value": False}, []),
            ({"field": "printed_on", "op": "this_year"}, ["Alpha", "Gamma 100%"]),
            ({"field": "printed_on", "op": "lt", "value": "2026-02-01"}, ["Alpha"]),
            ({"field": "created_at", "op": "today"}, ["Alpha", "beta", "Gamma 100%"]),
            ({"field": "created_at", "op": "last_week"}, []),
            ({"or": [{"field": "title", "op": "eq", "value": "beta"}, {"and": [{"field": "price", "op": "gt", "value": "5"}]}]}, ["Alpha", "beta"]),
        ],
    )  # fmt: skip
    def test_filter(self, shelf: TestDoor, caller: Any, condition: Any, found: list[str]) -> None:
        assert self.titles(shelf, caller, condition) == found

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"filter": json.dumps({"field": "nonsense", "op": "eq", "value": 1})}, "unknown_filter_field"),
            ({"filter": json.dumps({"field": "title", "op": "gt", "value": "a"})}, "unknown_operator"),
            ({"filter": json.dumps({"field": "price", "op": "gt", "value": "cheap"})}, "invalid_filter_value"),
            ({"filter": json.dumps({"field": "price", "op": "gt", "value": None})}, "invalid_filter_value"),
            ({"filter": json.dumps({"field": "price", "op": "between", "value": [None, "2"]})}, "invalid_filter_value"),
            ({"filter": json.dumps({"field": "price", "op": "not_in", "value": [None]})}, "invalid_filter_value"),
            ({"filter": json.dumps({"field": "title", "op": ["eq"], "value": 1})}, "unknown_operator"),
            ({"filter": "[1"}, "filter_malformed"),
            ({"filter": json.dumps({"and": []})}, "filter_malformed"),
            ({"filter": '{"and": [' * 30 + "1" + "]}" * 30}, "filter_too_large"),
            ({"sort": "nonsense"}, "unknown_sort_field"),
            ({"sort": "title; DROP TABLE books"}, "unknown_sort_field"),
            ({"fields": "nonsense"}, "unknown_field"),
            ({"page": "0"}, "out_of_range"),
            ({"page_size": "201"}, "out_of_range"),
            ({"page": "one"}, "invalid_whole_number"),
            ({"colour": "red"}, "unknown_field"),
        ],
    )
    def test_what_is_unknown_is_a_400_that_names_it(self, shelf: TestDoor, caller: Any, params: dict[str, str], code: str) -> None:
        with pytest.raises(Refused) as refused:
            shelf.call("list_books", caller(), **params)
        assert refused.value.status == 400
        assert code in refused.value.fields.values()

    def test_search_sort_page_and_fields(self, shelf: TestDoor, caller: Any) -> None:
        assert self.titles(shelf, caller, q="ALPH") == ["Alpha"]
        assert self.titles(shelf, caller, sort="-title", page_size="2")[0] in ("beta", "Gamma 100%")
        answer = shelf.call("list_books", caller(), page="2", page_size="2", sort="code", fields="id,title")
        assert (answer["page"], answer["page_size"], answer["total"]) == (2, 2, 3)
        assert [set(row) for row in answer["items"]] == [{"id", "title"}]


def test_list_counts_so_far_and_says_so(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.resources.query.COUNTED", 4)
    me = caller()
    for number in range(6):
        add(library, me, title=f"Book {number}")

    def counted(**params: Any) -> tuple[int, bool]:
        told = library.call("list_books", me, **params)
        return told["total"], told["is_total_exact"]

    assert counted(page_size="2") == (4, False)
    assert counted(page_size="2", exact_total="true") == (6, True)
    assert counted(page_size="2", q="Book 1") == (1, True)
    assert counted(page_size="2", page="3") == (6, True)
    assert counted(page_size="5") == (5, False)
    assert counted(page_size="10") == (6, True)


def test_description_is_in_the_callers_language_and_permissions(library: TestDoor, caller: Any) -> None:
    told = library.call("describe_books", caller(language="zh-CN", permissions=["book:update"]))
    fields = {field["name"]: field for field in told["fields"]}
    assert fields["owner_id"]["label"] == "负责人"
    assert fields["title"]["required"] is True
    assert fields["version"]["read_only"] is True
    assert [choice["value"] for choice in fields["shelf"]["choices"]] == ["open", "closed"]
    assert [fields[name]["default"] for name in ("shelf", "is_rare", "title", "created_at")] == ["open", False, None, None]
    assert told["operations"] == ["update", "batch_update", "add_attachment", "delete_attachment"]


def _moment() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 11, 24, tzinfo=UTC)
