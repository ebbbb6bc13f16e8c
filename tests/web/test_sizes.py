"""What a browser must load: budgets in packed kilobytes of script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy import web

LAZY = ("OrdersTrend",)
LOG_IN, LIST, MORE, CHARTS, ALL = 320, 480, 60, 200, 1500


@pytest.fixture(scope="module")
def manifest() -> Any:
    """What the build says of its files."""
    web.build()
    return json.loads((web.WEB / "dist/.vite/manifest.json").read_text())


def files(manifest: Any, *keys: str) -> set[str]:
    """The scripts some parts load at once, with everything those import."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        # A part that others import too has lost its path and keeps its name.
        part = manifest.get(key) or next(one for one in manifest.values() if one.get("name") == Path(key).stem)
        if part["file"] not in found:
            found.add(part["file"])
            waiting += part.get("imports", [])
    return found


def weight(names: set[str]) -> float:
    return sum((web.WEB / "dist" / f"{name}.gz").stat().st_size for name in names if name.endswith(".js")) / 1000


def languages(manifest: Any) -> tuple[str, ...]:
    return tuple(key for key in manifest if key.endswith(("locales/front.zh-CN.json", "es/locale/zh_CN.js", "dayjs/locale/zh-cn.js")))


def test_log_in_page_is_light(manifest: Any) -> None:
    assert weight(files(manifest, "index.html", *languages(manifest))) <= LOG_IN


def shown_list(manifest: Any) -> set[str]:
    parts = ("src/app/Shell.tsx", "src/shared/crud/ListPage.tsx", "src/locales/zh-CN.json")
    return files(manifest, "index.html", *languages(manifest), *parts)


def test_list_is_light(manifest: Any) -> None:
    assert weight(shown_list(manifest)) <= LIST


def test_other_pages_add_little(manifest: Any) -> None:
    base = shown_list(manifest)
    parts = [
        key
        for key, part in manifest.items()
        if part.get("isDynamicEntry") and key.endswith(".tsx") and not any(lazy in key for lazy in LAZY)
    ]
    heavy = {key: weight(files(manifest, key) - base) for key in parts}
    print(round(weight(base)), heavy)
    assert {key: size for key, size in heavy.items() if size > MORE} == {}
    assert len(parts) > 15


def test_charts_and_the_whole_stay_within_bounds(manifest: Any) -> None:
    charts = files(manifest, "src/features/workbench/OrdersTrend.tsx") - shown_list(manifest)
    assert weight(charts) <= CHARTS
    assert weight({part["file"] for part in manifest.values()}) <= ALL
