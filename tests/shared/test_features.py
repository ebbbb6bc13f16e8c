"""What every module has beside its records: views, recycle bin, custom fields, dictionaries, field rights, numbers, metadata."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from shared import clock
from shared.contracts.activity import ReminderCreated
from shared.contracts.identity import UserCreated, UserUpdated
from shared.db import Quick, new_id
from shared.i18n import LANGUAGES
from tests.doors import Refused, TestDoor
from tests.shared.library import LibraryService, add


def define(door: TestDoor, caller: Any, name: str, kind: str, **more: Any) -> Any:
    return door.call("create_book_field", caller, name=name, type=kind, **({"labels": {"en": name, "zh-CN": "字段"}} | more))


def titles(door: TestDoor, caller: Any, filter: Any = None, **params: str) -> list[str]:
    if filter is not None:
        params["filter"] = json.dumps(filter)
    return [row["title"] for row in door.call("list_books", caller, **({"sort": "title"} | params))["items"]]


def refusal(door: TestDoor, method: str, caller: Any, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        door.call(method, caller, **arguments)
    return refused.value


def meta(door: TestDoor, caller: Any) -> dict[str, Any]:
    told: dict[str, Any] = door.call("describe_books", caller)
    return told | {"by_name": {field["name"]: field for field in told["fields"]}}


CHEAP = {"field": "price", "op": "lt", "value": "10"}


class TestViews:
    def test_a_saved_view_is_its_owners_alone_until_shared_with_roles(self, library: TestDoor, caller: Any) -> None:
        me, clerk, other = caller(), caller(roles=("clerk",), permissions=["book:read"]), caller(permissions=["book:read"])
        view = library.call("create_book_view", me, name="Cheap", filter=CHEAP, sort="-price", columns=["title", "price"])
        assert (view["builtin"], view["filter"], view["columns"], view["version"]) == (False, CHEAP, ["title", "price"], 1)

        def names(who: Any) -> list[str]:
            return [one["name"] for one in library.call("book_views", who)["items"]]

        assert names(me) == ["All", "Mine", "My team's", "Not lent", "Cheap"]
        assert "Cheap" not in names(clerk)
        view = library.call("update_book_view", me, id=view["id"], version=1, shared_roles=["clerk"])
        assert "Cheap" in names(clerk)
        assert "Cheap" not in names(other)
        assert refusal(library, "update_book_view", clerk, id=view["id"], version=2, name="Mine").status == 404
        # Who may share views changes those they see, and no others.
        sharer = caller(permissions=["book:read", "module:share_views"])
        for method, changes in (("update_book_view", {"version": 2, "name": "Mine"}), ("delete_book_view", {})):
            assert refusal(library, method, sharer, id=view["id"], **changes).status == 404
        head_clerk = caller(roles=("clerk",), permissions=["book:read", "module:share_views"])
        assert library.call("update_book_view", head_clerk, id=view["id"], version=2, name="Cheap")["can"] == ["update", "delete"]
        library.call("delete_book_view", me, id=view["id"])
        assert "Cheap" not in names(clerk)

    @pytest.mark.parametrize(
        ("view", "wrong"),
        [
            ({"filter": {"field": "nonsense", "op": "eq", "value": 1}}, {"filter": "unknown_filter_field"}),
            ({"filter": {"field": "price", "op": "lt", "value": "cheap"}}, {"filter": "invalid_filter_value"}),
            ({"filter": [1]}, {"filter": "filter_malformed"}),
            ({"sort": "nonsense"}, {"sort": "unknown_sort_field"}),
            ({"columns": ["nonsense"]}, {"columns": "unknown_field"}),
            ({"columns": ["title,price"]}, {"columns": "unknown_field"}),
            ({"columns": [""]}, {"columns": "unknown_field"}),
            ({"name": " "}, {"name": "must_not_be_blank"}),
        ],
    )
    def test_what_the_list_dialect_does_not_know_is_not_saved(self, library: TestDoor, caller: Any, view: Any, wrong: Any) -> None:
        refused = refusal(library, "create_book_view", caller(), **({"name": "x"} | view))
        assert (refused.status, refused.fields) == (422, wrong)

    def test_sharing_needs_a_permission_and_names_are_taken_once(self, library: TestDoor, caller: Any) -> None:
        clerk = caller(permissions=["book:read"])
        assert refusal(library, "create_book_view", clerk, name="x", shared_roles=["admin"]).status == 403
        library.call("create_book_view", clerk, name="x")
        assert refusal(library, "create_book_view", clerk, name="x").fields == {"name": "view_name_taken"}

    def test_one_view_is_the_default(self, library: TestDoor, caller: Any) -> None:
        me = caller()

        def defaults() -> list[str]:
            return [one["id"] for one in library.call("book_views", me)["items"] if one["is_default"]]

        assert defaults() == ["not_lent"]
        first = library.call("create_book_view", me, name="a", is_default=True)
        second = library.call("create_book_view", me, name="b", is_default=True)
        assert defaults() == [second["id"]]
        assert refusal(library, "update_book_view", me, id=first["id"], version=1, name="c").code == "stale_version"

    def test_every_quick_view_runs(self, library: TestDoor, caller: Any) -> None:
        boss, worker = caller(), caller()
        for person, manager in ((boss, None), (worker, boss.user_id)):
            library.deliver(
                UserCreated(version=1, user_id=person.user_id, name="x", manager_id=manager, department_id=None, roles=(), is_active=True)
            )
        add(library, boss, title="Boss")
        add(library, worker, title="Worker")
        found = {view["id"]: titles(library, boss, view["filter"], sort=view["sort"]) for view in library.call("book_views", boss)["items"]}
        assert found == {"all": ["Worker", "Boss"], "mine": ["Boss"], "my_team": ["Worker", "Boss"], "not_lent": ["Boss", "Worker"]}


class TestNotInLastDays:
    def test_what_never_happened_counts_too(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        day = clock.today(clock.now(), "Asia/Shanghai")
        for title, printed in (("never", None), ("long ago", day - timedelta(days=30)), ("lately", day - timedelta(days=29))):
            add(library, me, title=title, printed_on=printed and printed.isoformat())
        assert titles(library, me, {"field": "printed_on", "op": "not_in_last_n_days", "value": 30}) == ["long ago", "never"]


class TestRecycleBin:
    def test_what_was_deleted_is_there_with_who_and_when(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        book = add(library, me)
        library.call("delete_book", me, id=book["id"])
        [row] = library.call("deleted_books", me, q="journey")["items"]
        assert (row["id"], row["deleted_by"], row["can"]) == (book["id"], me.user_id, ["restore", "purge"])
        assert row["deleted_at"]
        assert library.call("deleted_books", me, fields="id,deleted_at")["items"] == [{"id": book["id"], "deleted_at": row["deleted_at"]}]
        assert library.call("deleted_books", caller(scopes={"books": "own"}))["total"] == 0

    def test_a_restored_record_is_back_with_its_history_and_told(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        book = add(library, me)
        library.call("delete_book", me, id=book["id"])
        back = library.call("restore_book", me, id=book["id"])
        assert (back["id"], back["version"]) == (book["id"], 3)
        assert library.call("get_book", me, id=book["id"]) == back
        assert [one["action"] for one in library.call("book_history", me, id=book["id"])["items"]] == ["restored", "deleted", "created"]
        assert [(one.reminder_id, one.version) for one in library.published(ReminderCreated)] == [(book["id"], 3)]  # type: ignore[attr-defined]
        assert refusal(library, "restore_book", me, id=book["id"]).status == 404

    def test_a_purged_record_is_gone_with_its_parts(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        book, live = add(library, me, chapters=[{"title": "One"}]), add(library, me, title="Live")
        library.call("delete_book", me, id=book["id"])
        library.call("purge_book", me, id=book["id"])
        assert library.call("deleted_books", me)["total"] == 0
        assert refusal(library, "purge_book", me, id=live["id"]).status == 404

    def test_batches_answer_per_id(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        ids = [add(library, me, title=str(number))["id"] for number in range(3)]
        library.call("batch_delete_books", me, ids=ids[:2])
        told = library.call("batch_restore_books", me, ids=ids)
        assert (told["succeeded"], [one["code"] for one in told["failed"]]) == (2, ["not_found"])
        library.call("batch_delete_books", me, ids=ids)
        assert library.call("batch_purge_books", me, ids=ids) == {"succeeded": 3, "failed": []}

    def test_a_stranger_finds_nothing_to_restore_or_purge(self, library: TestDoor, caller: Any) -> None:
        me, stranger = caller(), caller(scopes={"books": "own"})
        book = add(library, me)
        library.call("delete_book", me, id=book["id"])
        for method in ("restore_book", "purge_book"):
            assert refusal(library, method, stranger, id=book["id"]).status == 404


VALUES = [
    ("text", "abc", "x" * 201, "too_long"),
    ("long_text", "a\nb", 5, "invalid_text"),
    ("integer", 5_000_000_00, "5", "invalid_whole_number"),
    ("number", "12.3456", "1.23456", "too_many_places"),
    ("money", "30000000000.50", 1.5, "invalid_decimal"),
    ("date", "2026-11-24", "24.11.2026", "invalid_date"),
    ("datetime", "2026-11-24T01:00:00Z", "2026-11-24", "invalid_moment"),
    ("choice", "red", "black", "invalid_choice"),
    ("multi_choice", ["red", "blue"], ["red", "red"], "repeated_items"),
    ("yes_no", True, "yes", "invalid_flag"),
    ("phone", "+86 10 1234 5678", "call me", "invalid_phone"),
    ("email", "a@example.com", "a@", "invalid_email"),
    ("url", "https://example.com/a", "nothing", "invalid_url"),
]
COLOURS = [{"value": "red", "labels": {"en": "Red"}, "color": "bad"}, {"value": "blue", "labels": {"zh-CN": "蓝"}}]


def with_choices(kind: str) -> dict[str, Any]:
    return {"choices": COLOURS} if "choice" in kind else {}


class TestCustomFields:
    @pytest.mark.parametrize(("kind", "good", "bad", "code"), VALUES, ids=[one[0] for one in VALUES])
    def test_each_type_is_checked_kept_shown_and_found(
        self, library: TestDoor, caller: Any, kind: str, good: Any, bad: Any, code: str
    ) -> None:
        me = caller()
        assert define(library, me, "extra", kind, **with_choices(kind))["name"] == "c_extra"
        empty, book = add(library, me, title="Empty"), add(library, me, title="Full", c_extra=good)
        assert (empty["c_extra"], book["c_extra"]) == (None, good)
        assert library.call("get_book", me, id=book["id"])["c_extra"] == good
        refused = refusal(library, "create_book", me, title="x", c_extra=bad)
        assert (refused.status, {name.split(".")[0]: found for name, found in refused.fields.items()}) == (422, {"c_extra": code})
        assert titles(library, me, {"field": "c_extra", "op": "is_empty"}) == ["Empty"]
        condition = (
            {"field": "c_extra", "op": "contains", "value": "blue"}
            if kind == "multi_choice"
            else {"field": "c_extra", "op": "eq", "value": good}
        )
        assert titles(library, me, condition) == ["Full"]
        changed = library.call("update_book", me, id=book["id"], version=1, c_extra=None)
        assert (changed["c_extra"], changed["version"]) == (None, 2)
        assert library.call("book_history", me, id=book["id"])["items"][0]["changes"] == [{"field": "c_extra", "old": good, "new": None}]

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("integer", [-3, 2, 10, 2_000_000_000]), ("money", ["-1.00", "9.00", "10.00", "30000000000.00"]), ("number", ["0.5000", "2.0000", "10.0000"]),
            ("date", ["2025-12-31", "2026-01-02", "2026-01-10"]), ("text", ["Alpha", "Beta"]),
            ("datetime", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500000Z", "2026-01-01T01:00:00Z"]),
        ],
    )  # fmt: skip
    def test_values_sort_and_compare_as_what_they_are(self, library: TestDoor, caller: Any, kind: str, values: list[Any]) -> None:
        me = caller()
        define(library, me, "extra", kind)
        for value in reversed(values):
            add(library, me, c_extra=value)
        found = [row["c_extra"] for row in library.call("list_books", me, sort="c_extra")["items"]]
        assert found == values
        if kind != "text":
            after = library.call("list_books", me, sort="c_extra", filter=json.dumps({"field": "c_extra", "op": "gte", "value": values[1]}))
            assert [row["c_extra"] for row in after["items"]] == values[1:]

    def test_dates_follow_the_calendar(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        define(library, me, "day", "date")
        define(library, me, "at", "datetime")
        add(library, me, title="today", c_day=clock.today(clock.now(), "Asia/Shanghai").isoformat(), c_at=datetime.now(UTC).isoformat())
        add(library, me, title="then", c_day="2020-01-01", c_at="2020-01-01T00:00:00Z")
        for name in ("c_day", "c_at"):
            assert titles(library, me, {"field": name, "op": "this_month"}) == ["today"]
            assert titles(library, me, {"field": name, "op": "not_in_last_n_days", "value": 7}) == ["then"]

    def test_a_user_field_takes_known_people(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        define(library, me, "editor", "user")
        library.deliver(UserCreated(version=1, user_id=me.user_id, name="x", manager_id=None, department_id=None, roles=(), is_active=True))
        add(library, me, title="Edited", c_editor=me.user_id)
        assert titles(library, me, {"field": "c_editor", "op": "is_me"}) == ["Edited"]
        assert refusal(library, "create_book", me, title="x", c_editor=new_id()).fields == {"c_editor": "unknown_user"}

    def test_required_and_default(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        old = add(library, me)
        define(library, me, "isbn", "text", required=True)
        define(library, me, "copies", "integer", default=3)
        assert refusal(library, "create_book", me, title="x").fields == {"c_isbn": "required"}
        book = add(library, me, c_isbn="1")
        assert book["c_copies"] == 3
        assert refusal(library, "update_book", me, id=book["id"], version=1, c_isbn="").fields == {"c_isbn": "must_not_be_null"}
        assert library.call("update_book", me, id=old["id"], version=1, title="Other")["c_isbn"] is None
        assert refusal(library, "create_book_field", me, name="bad", type="integer", labels={"en": "x"}, default="many").fields == {
            "default": "invalid_whole_number"
        }

    def test_a_default_is_a_choice_in_use_and_somebody_who_is_there(self, library: TestDoor, caller: Any) -> None:
        me, told = caller(), {"manager_id": None, "department_id": None, "roles": ()}
        library.deliver(UserCreated(version=1, user_id=me.user_id, name="x", is_active=True, **told))
        retired = [COLOURS[0] | {"is_active": False}, COLOURS[1]]
        for kind, value in (("choice", "red"), ("multi_choice", ["blue", "red"])):
            field = define(library, me, kind, kind, choices=COLOURS, default=value)
            refused = refusal(library, "update_book_field", me, id=field["id"], version=1, choices=retired)
            assert refused.fields == {"default": "retired_choice"}
            library.call("update_book_field", me, id=field["id"], version=1, choices=retired, default=None)
        new = {"name": "nobody", "type": "user", "labels": {"en": "Nobody"}, "default": new_id()}
        assert refusal(library, "create_book_field", me, **new).fields == {"default": "unknown_user"}
        define(library, me, "editor", "user", default=me.user_id, required=True)
        assert add(library, me)["c_editor"] == me.user_id
        library.deliver(UserUpdated(version=2, user_id=me.user_id, name="x", is_active=False, **told))
        assert refusal(library, "create_book", me, title="x").fields == {"c_editor": "required"}

    def test_who_may_not_write_a_field_is_not_asked_for_it_and_leaves_its_default(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        define(library, me, "isbn", "text", required=True)
        define(library, me, "copies", "integer", required=True, default=3)
        for right in ("hidden", "read_only"):
            clerk = caller(field_rights={"books": {"c_isbn": right, "c_copies": right}})
            book = library.call("get_book", me, id=add(library, clerk)["id"])
            assert (book["c_isbn"], book["c_copies"]) == (None, 3)
        assert meta(library, clerk)["by_name"]["c_isbn"]["required"] is False
        assert refusal(library, "create_book", me, title="x").fields == {"c_isbn": "required"}

    def test_unknown_names_are_refused(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        assert refusal(library, "create_book", me, title="x", c_nothing=1).fields == {"c_nothing": "unknown_field"}
        assert refusal(library, "create_book", me, title="x", custom={"c_nothing": 1}).fields == {"custom": "unknown_field"}
        assert refusal(library, "create_book", me, title="x", c_={"c_nothing": 1}).fields == {"c_": "unknown_field"}

    def test_batch_update_over_custom_fields(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        define(library, me, "extra", "integer")
        define(library, me, "other", "text")
        ids = [add(library, me, c_other="kept")["id"] for _ in range(2)]
        assert library.call("batch_update_books", me, ids=ids, changes={"c_extra": 7}) == {"succeeded": 2, "failed": []}
        assert [(row["c_extra"], row["c_other"]) for row in library.call("list_books", me)["items"]] == [(7, "kept")] * 2
        assert refusal(library, "batch_update_books", me, ids=ids, changes={"c_extra": "x"}).fields == {
            "changes.c_extra": "invalid_whole_number"
        }

    def test_a_field_in_use_is_retired_not_deleted(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        field = define(library, me, "extra", "text")
        book = add(library, me, c_extra="kept")
        assert refusal(library, "delete_book_field", me, id=field["id"]).code == "field_in_use"
        field = library.call("update_book_field", me, id=field["id"], version=1, is_active=False)
        assert "c_extra" not in library.call("get_book", me, id=book["id"])
        assert "c_extra" not in meta(library, me)["by_name"]
        assert refusal(library, "update_book", me, id=book["id"], version=1, c_extra="new").fields == {"c_extra": "unknown_field"}
        library.call("update_book", me, id=book["id"], version=1, title="Other")
        library.call("update_book_field", me, id=field["id"], version=2, is_active=True)
        assert library.call("get_book", me, id=book["id"])["c_extra"] == "kept"
        unused = define(library, me, "unused", "text")
        library.call("delete_book_field", me, id=unused["id"])
        assert [one["name"] for one in library.call("book_fields", me)["items"]] == ["c_extra"]

    def test_choices_in_use_are_retired_not_removed(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        for kind, value in (("choice", "red"), ("multi_choice", ["red"])):
            field = define(library, me, kind, kind, choices=COLOURS)
            name = field["name"]
            book = add(library, me, **{name: value})
            assert refusal(library, "update_book_field", me, id=field["id"], version=1, choices=COLOURS[1:]).code == "choice_in_use"
            retired = [COLOURS[0] | {"is_active": False}, COLOURS[1]]
            library.call("update_book_field", me, id=field["id"], version=1, choices=retired)
            assert refusal(library, "create_book", me, title="x", **{name: value}).fields == {name: "retired_choice"}
            assert library.call("update_book", me, id=book["id"], version=1, title="Other", **{name: value})[name] == value

    def test_another_replica_sees_a_new_field_at_once(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        url = library.database.engine.url.render_as_string(hide_password=False)
        replica = TestDoor(LibraryService, library.settings, type(library.database)("library", url))
        assert "c_extra" not in add(replica, me)
        define(library, me, "extra", "text")
        assert add(replica, me, c_extra="there")["c_extra"] == "there"
        replica.database.close()

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({"name": "a b"}, {"name": "invalid_code"}),
            ({"type": "picture"}, {"type": "invalid_choice"}),
            ({"labels": {}}, {"labels": "required"}),
            ({"labels": {"fr": "x"}}, {"labels.fr": "unknown_field"}),
            ({"type": "choice"}, {"choices": "required"}),
            ({"type": "choice", "choices": [{"value": "a b", "labels": {"en": "x"}}]}, {"choices.0.value": "invalid_code"}),
            ({"type": "choice", "choices": [{"value": "a", "labels": {"en": "x"}}] * 2}, {"choices.1.value": "repeated_items"}),
        ],
    )
    def test_bad_definitions_are_refused(self, library: TestDoor, caller: Any, body: dict[str, Any], wrong: dict[str, str]) -> None:
        refused = refusal(library, "create_book_field", caller(), **({"name": "x", "type": "text", "labels": {"en": "x"}} | body))
        assert (refused.status, refused.fields) == (422, wrong)

    def test_what_is_read_can_be_written_back(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        told = define(library, me, "extra", "choice", choices=COLOURS, help={"zh-TW": "說明"})
        assert told["labels"]["zh-TW"] is None
        again = {name: told[name] for name in ("labels", "help", "choices", "required", "default", "order", "is_active")}
        changed = library.call("update_book_field", me, id=told["id"], version=1, **again)
        assert {name: changed[name] for name in again} == again
        refused = refusal(library, "update_book_field", me, id=told["id"], version=changed["version"], labels=dict.fromkeys(LANGUAGES))
        assert refused.fields == {"labels": "required"}
        genres = library.call("book_choices", me, field="genre")["choices"]
        genres[0]["labels"] = {"en": "Novel", "zh-CN": None, "zh-TW": ""}
        saved = library.call("save_book_choices", me, field="genre", choices=genres, version=0)
        assert saved["choices"][0]["labels"] == {"en": "Novel", "zh-CN": None, "zh-TW": None}

    def test_a_name_is_taken_once(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        define(library, me, "extra", "text")
        assert refusal(library, "create_book_field", me, name="c_extra", type="date", labels={"en": "x"}).code == "value_taken"


class TestDictionaries:
    def test_presets_count_until_somebody_edits(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        told = library.call("book_choices", me, field="genre")
        assert ([one["value"] for one in told["choices"]], told["version"]) == (["novel", "poetry", "history"], 0)
        assert add(library, me, genre="poetry")["genre"] == "poetry"
        assert refusal(library, "create_book", me, title="x", genre="cooking").fields == {"genre": "invalid_choice"}

    def test_edited_entries_count_at_once(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        entries = [
            {"value": "cooking", "labels": {"en": "Cooking", "zh-TW": "烹飪"}, "color": "warn"}, {"labels": {"zh-CN": "科幻"}},
            {"value": "novel", "labels": {"en": "Novel"}},
        ]  # fmt: skip
        saved = library.call("save_book_choices", me, field="genre", choices=entries, version=0)
        made_up = saved["choices"][1]["value"]
        assert add(library, me, genre=made_up)["genre"] == made_up
        choices = meta(library, caller(language="zh-TW"))["by_name"]["genre"]["choices"]
        assert choices == [
            {"value": "cooking", "label": "烹飪", "color": "warn", "active": True},
            {"value": made_up, "label": "科幻", "color": "neutral", "active": True},
            {"value": "novel", "label": "Novel", "color": "neutral", "active": True},
        ]
        assert refusal(library, "save_book_choices", me, field="genre", choices=entries, version=0).code == "stale_version"

    def test_what_is_used_or_needed_stays(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        book = add(library, me, genre="poetry")
        novel, poetry = ({"value": value, "labels": {"en": value}} for value in ("novel", "poetry"))

        def save(*choices: Any) -> Any:
            return library.call("save_book_choices", me, field="genre", choices=list(choices), version=0)

        for choices, code in (
            ([novel], "choice_in_use"),
            ([poetry], "choice_needed"),
            ([novel | {"is_active": False}, poetry], "choice_needed"),
        ):
            with pytest.raises(Refused) as refused:
                save(*choices)
            assert (refused.value.status, refused.value.code) == (409, code)
        save(novel, poetry | {"is_active": False})
        assert refusal(library, "create_book", me, title="x", genre="poetry").fields == {"genre": "retired_choice"}
        assert library.call("update_book", me, id=book["id"], version=1, title="Other", genre="poetry")["genre"] == "poetry"
        assert titles(library, me, {"field": "genre", "op": "eq", "value": "poetry"}) == ["Other"]

    def test_only_dictionary_fields_have_one(self, library: TestDoor, caller: Any) -> None:
        assert refusal(library, "book_choices", caller(), field="shelf").status == 404


class TestFieldRights:
    RIGHTS = {
        "books": {
            "price": "hidden",
            "c_extra": "hidden",
            "title": "read_only",
            "chapters.title": "hidden",
            "id": "hidden",
            "version": "read_only",
        }
    }

    def test_a_hidden_field_is_nowhere(self, library: TestDoor, caller: Any) -> None:
        me, clerk = caller(), caller(field_rights=self.RIGHTS)
        define(library, me, "extra", "text")
        book = add(library, me, price="5.00", c_extra="secret", chapters=[{"title": "One"}])
        library.call("update_book", me, id=book["id"], version=1, price="6.00", c_extra="more")
        for row in (library.call("get_book", clerk, id=book["id"]), library.call("list_books", clerk)["items"][0]):
            assert not {"price", "c_extra"} & row.keys()
            assert row["chapters"] == [{}]
            assert (row["id"], row["version"]) == (book["id"], 2)
        for params in ({"filter": json.dumps(CHEAP)}, {"sort": "price"}, {"fields": "price"}, {"sort": "c_extra"}):
            assert refusal(library, "list_books", clerk, **params).status == 400
        assert not {"price", "c_extra"} & meta(library, clerk)["by_name"].keys()
        assert [one["changes"] for one in library.call("book_history", clerk, id=book["id"])["items"]] == [[], []]
        view = library.call("create_book_view", me, name="Cheap", filter=CHEAP)
        library.call("update_book_view", me, id=view["id"], version=1, shared_roles=["clerk"])
        reader = caller(field_rights=self.RIGHTS, roles=("clerk",))
        assert "Cheap" not in [one["name"] for one in library.call("book_views", reader)["items"]]

    def test_search_does_not_look_into_hidden_fields(self, library: TestDoor, caller: Any) -> None:
        add(library, caller(), code="SECRET")
        assert titles(library, caller(), q="secret")
        assert titles(library, caller(field_rights={"books": {"code": "hidden"}}), q="secret") == []
        assert (
            titles(library, caller(field_rights={"books": {"code": "hidden", "title": "hidden"}}), fields="id", q="secret", sort="id") == []
        )

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [("price", "1.00", "unknown_field"), ("title", "x", "read_only_for_you"), ("c_extra", "x", "unknown_field")],
    )
    def test_locked_fields_are_refused_on_every_write(self, library: TestDoor, caller: Any, field: str, value: str, code: str) -> None:
        me, clerk = caller(), caller(field_rights=self.RIGHTS)
        define(library, me, "extra", "text")
        book = add(library, me)
        assert refusal(library, "update_book", clerk, id=book["id"], version=1, **{field: value}).fields == {field: code}
        assert refusal(library, "batch_update_books", clerk, ids=[book["id"]], changes={field: value}).fields == {f"changes.{field}": code}
        assert refusal(library, "create_book", clerk, **{"title": "x", field: value}).fields[field] == code
        assert library.call("update_book", clerk, id=book["id"], version=1, pages=5)["pages"] == 5

    def test_meta_says_what_is_read_only(self, library: TestDoor, caller: Any) -> None:
        fields = meta(library, caller(field_rights=self.RIGHTS))["by_name"]
        assert (fields["title"]["read_only"], fields["pages"]["read_only"]) == (True, False)


class TestNumbering:
    def test_numbers_follow_the_format_and_the_organisations_day(self, library: TestDoor, caller: Any) -> None:
        me = caller()
        day = clock.today(clock.now(), "Asia/Shanghai")
        assert [add(library, me)["number"] for _ in range(2)] == [f"BK{day:%Y%m%d}-0001", f"BK{day:%Y%m%d}-0002"]
        assert library.call("book_numbering", me)["example"] == f"BK{day:%Y%m%d}-0001"
        for restart, period in (("month", "%Y%m"), ("year", "%Y"), ("never", "")):
            version = library.call("book_numbering", me)["version"]
            library.call("save_book_numbering", me, prefix="LIB", digits=6, restart=restart, version=version)
            assert add(library, me)["number"] == f"LIB{day.strftime(period)}-000001"
        assert refusal(library, "save_book_numbering", me, prefix="LIB", digits=6, restart="day", version=0).code == "stale_version"

    def test_the_day_is_not_utc(self, library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
        assert add(library, caller())["number"] == "BK20261125-0001"

    @pytest.mark.parametrize("body", [{"prefix": "B1"}, {"prefix": ""}, {"digits": 2}, {"restart": "week"}])
    def test_bad_formats_are_refused(self, library: TestDoor, caller: Any, body: dict[str, Any]) -> None:
        good = {"prefix": "B", "digits": 4, "restart": "day", "version": 0}
        assert refusal(library, "save_book_numbering", caller(), **good | body).fields.keys() == body.keys()


class TestMeta:
    def test_everything_a_front_end_needs(self, library: TestDoor, caller: Any) -> None:
        define(library, caller(), "extra", "choice", choices=COLOURS, help={"en": "Which one"}, required=True, default="red")
        told = meta(library, caller())
        assert told["columns"] == ["title", "genre", "price"]
        assert [one["name"] for one in told["sections"]] == ["general", "print", "custom", "system"]
        assert told["by_name"]["pages"]["section"] == "print"
        extra = told["by_name"]["c_extra"]
        assert {name: extra[name] for name in ("label", "type", "required", "default", "help", "custom", "section", "filterable")} == {
            "label": "extra", "type": "choice", "required": True, "default": "red", "help": "Which one", "custom": True, "section": "custom",
            "filterable": True,
        }  # fmt: skip
        assert extra["choices"][0] == {"value": "red", "label": "Red", "color": "bad", "active": True}
        assert told["by_name"]["owner_id"]["type"] == "user"
        assert "is_me" in told["operators"]["user"]
        assert [one["name"] for one in told["by_name"]["chapters"]["fields"]] == ["title"]
        assert told["related"] == [{"module": "chapters", "path": "/api/v1/chapters", "field": "book_id", "label": "Chapters"}]
        assert [one["id"] for one in told["views"]] == ["all", "mine", "my_team", "not_lent"]
        assert {"create", "update", "batch_delete", "views", "restore", "purge", "configure", "share_views"} <= set(told["operations"])

    def test_an_action_brings_its_dialog(self, library: TestDoor, caller: Any) -> None:
        [lend] = meta(library, caller())["actions"]
        form = lend.pop("form")
        assert lend == {
            "name": "lend", "label": "Lend", "permission": "book:lend", "scope": ["row", "batch"], "tone": "info",
            "confirm": "Do you want to do this?", "path": "/api/v1/books/{id}/lend", "batch_path": "/api/v1/books/batch-lend", "ids": "ids",
        }  # fmt: skip
        assert [(one["name"], one["type"], one["required"], one["default"]) for one in form] == [
            ("days", "integer", False, 14), ("note", "text", False, None),
        ]  # fmt: skip

    def test_it_is_the_callers(self, library: TestDoor, caller: Any) -> None:
        told = meta(library, caller(permissions=["book:read"]))
        assert told["actions"] == []
        assert not {"create", "update", "restore", "configure", "share_views", "fields"} & set(told["operations"])


def test_a_plain_list_asks_the_database_one_thing_more(library: TestDoor, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration costs one look at its revision, however many rows and custom fields there are."""
    me = caller()
    for number in range(3):
        define(library, me, f"f{number}", "money")
    for _ in range(5):
        add(library, me, c_f1="1.00")
    library.call("list_books", me)
    asked: list[str] = []
    event.listen(library.database.engine, "before_cursor_execute", lambda conn, cursor, statement, *rest: asked.append(statement))
    quickly = Quick.rows
    monkeypatch.setattr(Quick, "rows", lambda self, *rest, **given: asked.append(str(self.statement)) or quickly(self, *rest, **given))  # type: ignore[func-returns-value]
    library.call("list_books", me)
    tables = [" ".join(statement.split()).split("FROM ")[1].split()[0] for statement in asked if statement.startswith("SELECT")]
    assert sorted(set(tables) - {"people"}) == ["books", "chapters", "configuration_revision", "organisation_copies"]
    assert len(tables) == len(set(tables))
