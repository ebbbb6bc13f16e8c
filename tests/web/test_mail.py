"""Mail: the administrator sets a server and tries it; people choose to be reminded by mail, and are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from shared import clock
from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.post import post_office
from tests.web.conftest import PageOf, choose, told, visit

pytestmark = pytest.mark.slow

PASSWORD = "s3cret-of-the-server"


def test_an_administrator_sets_the_server_tries_it_and_reminders_come_by_mail(company: Company, page_of: PageOf) -> None:
    with post_office() as office:
        page = page_of(company.admin, "/admin/mail")
        page.get_by_role("textbox", name="服务器").fill("no-such-host.invalid")
        page.get_by_role("combobox", name="加密方式").click()
        choose(page, "不加密")
        expect(page.get_by_role("spinbutton", name="端口")).to_have_value("25")
        page.get_by_role("spinbutton", name="端口").fill(str(office.port))
        page.get_by_role("textbox", name="发件人邮箱").fill("crm@example.com")
        page.get_by_role("textbox", name="收件人").fill("admin@example.com")
        page.get_by_role("button", name="发送测试邮件").click()
        expect(page.get_by_text("找不到这个名称的服务器")).to_be_visible()
        page.get_by_role("textbox", name="服务器").fill("localhost")
        page.get_by_role("button", name="发送测试邮件").click()
        told(page, "已发送至 admin@example.com")
        assert [(one["To"], one["Subject"]) for one in office.received] == [("admin@example.com", "邮件设置测试")]

        # A name without a log-in is refused by this server; the password is kept all the same, and never comes back.
        page.get_by_role("textbox", name="用户名").fill("crm")
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="保存", exact=True).click()
        told(page, "已保存")
        expect(page.get_by_text("已保存，留空则不变")).to_be_visible()
        page.reload()
        expect(page.get_by_role("textbox", name="用户名")).to_have_value("crm")
        assert PASSWORD not in page.content()
        assert page.get_by_label("密码", exact=True).input_value() == ""
        assert company.admin.get("/mail/settings")["has_password"]

        page.get_by_role("textbox", name="用户名").fill("")
        page.get_by_role("switch", name="用邮件发送提醒").click()
        page.get_by_role("button", name="保存", exact=True).click()
        told(page, "已保存")
        assert not company.admin.get("/mail/settings")["has_password"]

        reader = company.hire("reader", "sales_rep")
        own = page_of(reader, "/profile")
        switch = own.get_by_role("switch", name="同时用邮件提醒")
        expect(switch).to_be_disabled()
        own.get_by_role("textbox", name="邮箱").fill("reader@example.com")
        switch.click()
        own.get_by_role("button", name="保存", exact=True).click()
        told(own, "已保存")
        visit(own, "/customers")
        visit(own, "/profile")
        expect(switch).to_be_checked()

        def came() -> bool:
            # News of the choice may be on its way yet, and only what is due after it counts: then the next one will.
            reader.post("/reminders", {"text": "Call Ann", "remind_at": (clock.now() + timedelta(seconds=1)).isoformat()})
            return any(one["To"] == "reader@example.com" for one in office.received)

        eventually(came, every=5)
        company.admin.put("/mail/settings", {"enabled": False})
