"""When two customers look like the same one, and what strangers see of a name."""

from __future__ import annotations

import pytest

from services.customer import rules
from services.customer.queries import match_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海远洋科技有限公司", "上海遠洋科技股份有限公司"),
        ("上海 远洋（科技）有限公司", "上海远洋科技"),
        ("Ocean Tech Co., Ltd.", "OCEAN TECH"),
        ("Ocean-Tech Inc", "ocean tech limited"),
        ("ＡＢＣ集团", "abc"),
        ("臺灣電腦有限公司", "台湾电脑"),
    ],
)
def test_names_of_one_company_are_alike(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海远洋科技有限公司", "上海远航科技有限公司"),
        ("Ocean Tech", "Ocean Check"),
        ("公司", "集团"),
        ("Co", "Ltd"),
        ("Francisco", "Francis"),
    ],
)
def test_names_of_different_companies_are_not(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("021-5555 6666", "2155556666"),
        ("(02) 2345-6789", "223456789"),
        ("110", None),
        (None, None),
        ("", None),
    ],
)
def test_phone_numbers_keep_their_own_digits(phone: str | None, key: str | None) -> None:
    assert rules.phone_key(phone) == key


@pytest.mark.parametrize(("name", "shown"), [("上海远洋科技有限公司", "上海***司"), ("华为", "华***"), ("Ocean", "Oc***n"), ("A", "A***")])
def test_masked_name_tells_little(name: str, shown: str) -> None:
    assert rules.masked(name) == shown
