"""The bench from end to end: it loads, measures, counts what was stored, and leaves nothing running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from deploy.bench.figures import median, percentile
from deploy.bench.large import LISTS
from deploy.bench.measure import Figures
from deploy.bench.rows import ROWS
from deploy.bench_files import measure_recycle
from deploy.suite import ROOT
from shared.settings import Settings


def test_quick_bench_measures_every_row() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.bench", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=380, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for row in ROWS:
        figures = next(line for line in ran.stdout.splitlines() if line.startswith(row.name))
        assert re.search(r"\d+\.\d+ms +\d+\.\d+x", figures), figures
        assert figures.split()[-2:] == ["0", "0"], figures
    assert re.search(r"event handled, p95 +\d+\.\d+ms", ran.stdout)
    assert re.search(r"gateway +\d+ +\d+ 3", ran.stdout)
    for one in LISTS:
        assert len(re.findall(rf"^{one.name} +\d+\.\d+ms +\d+\.\d+ms +\d+\.\d+x", ran.stdout, re.MULTILINE)) == 2, one.name


def test_percentiles_are_nearest_ranks() -> None:
    assert (median([5, 1, 3]), median([4, 1, 3, 2])) == (3, 2)
    assert (percentile(range(1, 101), 95), percentile([7], 95)) == (95, 7)


def test_gain_is_the_middle_of_all_rounds() -> None:
    assert Figures("x", rates=[10, 10, 10], rates_together=[5, 20, 30]).gain == 2


def test_three_replicas_recycle_what_is_measured_once(tmp_path: Path) -> None:
    assert measure_recycle(Settings(data_dir=tmp_path), rows=450)["rows"] == 450
