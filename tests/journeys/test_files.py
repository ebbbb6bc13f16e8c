"""Files through the door of the whole suite: attach and fetch, export, import, over real HTTP."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
import python_calamine

from tests.journeys.client import Answered, Client, eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def send(client: Client, path: str, content: bytes, *, name: str, key: str | None = None, **form: str) -> Any:
    """Upload a file as a browser does."""
    response = client.session.post(
        f"{client.url}/api/v1{path}", files={"file": (name, content)}, data=form, timeout=60,
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )  # fmt: skip
    if response.status_code >= 400:
        raise Answered(response)
    return response.json()


def fetch(client: Client, path: str, **params: str) -> Any:
    """Download a file."""
    response = client.session.get(f"{client.url}/api/v1{path}", params=params, timeout=60)
    if response.status_code >= 400:
        raise Answered(response)
    return response


def test_attachment_comes_back_as_it_went_and_only_to_those_who_see_the_record(company: Any) -> None:
    customer = company.customer(company.wang)
    path = f"/customers/{customer['id']}/attachments"
    key = uuid.uuid4().hex
    added = send(company.wang, path, PNG, name="商標 \u202egnp.png", key=key)
    assert {name: added[name] for name in ("file_name", "content_type", "size", "created_by")} == {
        "file_name": "商標 gnp.png", "content_type": "image/png", "size": len(PNG), "created_by": company.wang.id,
    }  # fmt: skip
    assert send(company.wang, path, PNG, name="商標 \u202egnp.png", key=key) == added
    assert [one["id"] for one in company.wang.get(path)["items"]] == [added["id"]]
    got = fetch(company.wang, f"{path}/{added['id']}")
    assert got.content == PNG
    assert got.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E5%95%86%E6%A8%99%20gnp.png" in got.headers["Content-Disposition"]
    assert (got.headers["X-Content-Type-Options"], got.headers["Content-Length"]) == ("nosniff", str(len(PNG)))
    for attempt in (
        lambda: company.li.get(path),
        lambda: send(company.li, path, PNG, name="x.png"),
        lambda: fetch(company.li, f"{path}/{added['id']}"),
        lambda: company.li.delete(f"{path}/{added['id']}"),
    ):
        with pytest.raises(Answered) as refused:
            attempt()
        assert refused.value.status == 404
    company.wang.delete(f"{path}/{added['id']}")
    assert company.wang.get(path)["items"] == []
    actions = [entry["action"] for entry in company.wang.get(f"/customers/{customer['id']}/history")["items"]]
    assert actions[:2] == ["detached", "attached"]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("photo.png", b"%PDF-1.7 no picture", 422, "content_differs_from_name"),
        ("letter.txt", b"MZ\x90\x00" + b"\x00" * 100, 422, "content_differs_from_name"),
        ("empty.txt", b"", 422, "file_is_empty"),
        ("large.bin", b"x" * (20 * 1024 * 1024 + 1), 413, "file_too_large"),
    ],
)
def test_upload_that_is_not_what_it_should_be_is_refused(company: Any, name: str, content: bytes, status: int, code: str) -> None:
    customer = company.customer(company.wang)
    with pytest.raises(Answered) as refused:
        send(company.wang, f"/customers/{customer['id']}/attachments", content, name=name)
    problem = refused.value.problem
    assert refused.value.status == status
    assert code in (problem["code"], *(one["code"] for one in problem.get("errors", [])))


def test_page_that_could_run_is_never_sent_as_one(company: Any) -> None:
    customer = company.customer(company.wang)
    path = f"/customers/{customer['id']}/attachments"
    added = send(company.wang, path, b"<html><script>alert(1)</script></html>", name="page.html")
    got = fetch(company.wang, f"{path}/{added['id']}")
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_export_has_what_the_list_shows_with_names_and_numbers(company: Any, kind: str) -> None:
    mark = uuid.uuid4().hex[:8]
    for number, name in enumerate(("=1+1", "公海", "plain")):
        company.director.post("/customers", {"name": f"{name} {mark}", "annual_revenue": f"{number}.05", "level": "A"})
    with pytest.raises(Answered) as refused:
        fetch(company.wang, "/customers/export", format=kind)
    assert refused.value.status == 403
    got = fetch(
        company.director, "/customers/export", format=kind, q=mark, sort="name", fields="name,owner_id,annual_revenue,created_at,level"
    )
    heading, *rows = _rows(got.content, kind)
    assert heading == ["Customer name", "Owner", "Annual revenue", "Created at", "Level"]
    names = [f"=1+1 {mark}", f"plain {mark}", f"公海 {mark}"]
    assert [row[0].removeprefix("'") for row in rows] == names
    assert (rows[0][0] == names[0]) is (kind == "xlsx")
    assert {row[1] for row in rows} == {"Director"}
    assert sorted(float(row[2]) for row in rows) == [0.05, 1.05, 2.05]


def _rows(content: bytes, kind: str) -> list[list[Any]]:
    if kind == "xlsx":
        return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_import_from_template_to_result_file(company: Any) -> None:
    mark = uuid.uuid4().hex[:8]
    template = _rows(fetch(company.director, "/customers/import-template", format="csv").content, "csv")
    assert template[0][:1] != []
    assert "Customer name*" in template[0]
    xlsx = python_calamine.load_workbook(io.BytesIO(fetch(company.director, "/customers/import-template").content))
    assert xlsx.sheet_names[1] == "choices"
    content = f"Customer name*,Status,Owner\n甲 {mark},Potential,{company.names['wang']}\n乙 {mark},no such,\n".encode("gb18030")
    job = send(company.director, "/customers/import", content, name="客户.csv")
    told = eventually(lambda: _ended(company.director, job["id"]))
    assert (told["counts"], told["can_commit"]) == ({"created": 1, "updated": 0, "skipped": 0, "bad": 1}, False)
    assert [(row["row"], row["errors"][0]["heading"], row["errors"][0]["code"]) for row in told["bad_rows"]] == [
        (3, "Status", "invalid_choice")
    ]
    with pytest.raises(Answered) as refused:
        company.director.post(f"/imports/{job['id']}/commit")
    assert (refused.value.status, refused.value.problem["code"]) == (409, "import_has_bad_rows")
    with pytest.raises(Answered) as refused:
        company.wang.get(f"/imports/{job['id']}")
    assert refused.value.status == 404
    job = send(company.director, "/customers/import", content.replace(b"no such", b"contacted"), name="客户.csv")
    eventually(lambda: _ended(company.director, job["id"]))
    assert company.director.post(f"/imports/{job['id']}/commit")["status"] == "importing"
    done = eventually(lambda: _ended(company.director, job["id"]))
    assert (done["status"], done["counts"]["created"]) == ("done", 2)
    mine = company.wang.get("/customers", q=mark)["items"]
    assert [customer["name"] for customer in mine] == [f"甲 {mark}"]
    result = _rows(fetch(company.director, f"/imports/{job['id']}/result").content, "xlsx")
    assert [row[:2] for row in result] == [["Row", "Result"], [2.0, "created"], [3.0, "created"]]


def test_price_list_items_come_in_by_the_names_of_list_and_product(company: Any) -> None:
    mark = uuid.uuid4().hex[:8]
    price_list = company.director.post("/price-lists", {"name": f"List {mark}", "currency": "CNY"})
    content = f"Price list,Product,Price\nList {mark},{company.product['code']},88.80\n".encode()
    job = send(company.director, "/price-list-items/import", content, name="prices.csv", dry_run="false")
    done = eventually(lambda: _ended(company.director, job["id"]))
    assert (done["status"], done["bad_rows"]) == ("done", [])
    items = company.director.get(f"/price-lists/{price_list['id']}")["items"]
    assert [(item["product_id"], item["price"]) for item in items] == [(company.product["id"], "88.80")]


def caught_while_importing(company: Any) -> tuple[str, Any]:
    """The mark of the rows and the job of an import under way; one that was too quick is begun anew."""
    while True:
        mark = uuid.uuid4().hex[:8]
        rows = "".join(f"Row {number:04d} {mark} Ltd,Shanghai\n" for number in range(1500))
        job = send(company.director, "/customers/import", f"Customer name,Region\n{rows}".encode(), name="many.csv", dry_run="false")
        eventually(lambda job=job: company.director.get(f"/imports/{job['id']}")["status"] != "checking")
        if company.director.get(f"/imports/{job['id']}")["status"] == "importing":
            return mark, job


def test_import_goes_on_after_its_service_was_killed(company: Any) -> None:
    mark, job = caught_while_importing(company)
    company.suite.kill("customer")
    done = eventually(lambda: _ended(company.director, job["id"]))
    assert (done["status"], done["counts"]["created"], done["counts"]["bad"]) == ("done", 1500, 0)
    assert company.director.get("/customers", q=mark, page_size=1)["total"] == 1500
    last = company.director.get("/customers", q=f"Row 1499 {mark}")["items"]
    assert len(last) == 1


def _ended(client: Client, import_id: str) -> Any:
    told = client.get(f"/imports/{import_id}")
    return told if told["status"] not in ("checking", "importing") else None
