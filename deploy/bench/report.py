"""The printed table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from deploy.bench.measure import MANY, Figures
from deploy.suite import Suite

MIB = 1024 * 1024


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is being loaded and how long it took."""
    started = time.monotonic()
    _say(f"loading {what} ...")
    yield
    _say(f"loaded, events handled, after {time.monotonic() - started:.0f} s")


def head(database: str, echo_median: float) -> None:
    """The head of the table."""
    _say(f"\n{database}; 1.0 x is the bare echo's median in between each row's requests ({echo_median * 1000:.2f} ms just now)\n")
    _say(
        f"{'':26} {'median':>8} {'x echo':>7} {'rounds':>13} {'due':>5} {'':>5} {'1/s':>6} {f'{MANY}/s':>6} {'gain':>5} {'of echo':>8} "
        f"{'failed':>6} {'doubled':>7}"
    )


def line(row: Figures) -> None:
    """One row: milliseconds and ratio with one client, whether it is what is due, rates with one and many clients."""
    if not row.ratios:
        _say(f"{row.name:26} nothing came back: {row.failed[:1]}")
        return
    middle = sorted(range(len(row.ratios)), key=row.ratios.__getitem__)[(len(row.ratios) - 1) // 2]
    text = f"{row.name:26} {row.milliseconds[middle]:6.2f}ms {row.ratio:6.1f}x {min(row.ratios):5.1f} - {max(row.ratios):5.1f} "
    text += f"{row.due or '':>5} {_verdict(row):>5} "
    if row.rates:
        text += f"{max(row.rates):6.0f} {max(row.rates_together):6.0f} {row.gain:5.2f} {max(row.shares):8.2f} {len(row.failed):6} {row.doubled:7}"
    _say(text.rstrip())
    for failure in row.failed[:3]:
        _say(f"    {failure}")


def memory(suite: Suite) -> None:
    """What every process holds: resident (shared pages counted in each), and proportional (counted once)."""
    _say(f"\n{'memory, MiB':26} {'RSS':>6} {'PSS':>6} processes")
    sums = [0.0, 0.0, 0]
    for name, pid in suite.pids().items():
        found = [one.memory_full_info() for one in _family(pid)]
        figures = sum(one.rss for one in found) / MIB, sum(one.pss for one in found) / MIB, len(found)
        _say(f"{name:26} {figures[0]:6.0f} {figures[1]:6.0f} {figures[2]}")
        sums = [total + one for total, one in zip(sums, figures, strict=True)]
    _say(f"{'together':26} {sums[0]:6.0f} {sums[1]:6.0f} {sums[2]:.0f}")


def _verdict(row: Figures) -> str:
    if row.due is None:
        return ""
    return "met" if row.ratio <= row.due else "OVER"


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
