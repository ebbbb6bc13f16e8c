"""`python -m deploy.bench [--quick] [--postgres]`: measure the suite and print the table.

It exits 1 when a write failed or was done twice, never because of the time something took.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from deploy import processes
from deploy.bench import large, report
from deploy.bench.company import PASSWORD, Company
from deploy.bench.echo import Echo
from deploy.bench.figures import median
from deploy.bench.measure import Effort, Figures, events, measure
from deploy.bench.rows import ROWS
from deploy.postgres import PrivatePostgres
from deploy.processes import ROOT, StartError, free_port
from deploy.suite import Suite
from shared.settings import SettingError, Settings
from shared.telemetry import start_logging

FULL = (10_000, 5_000, Effort())
QUICK = (60, 20, Effort(rounds=1, alone=10, together=16, echoes=20, events=3))


def main() -> int:
    """The command line."""
    asked = _arguments()
    start_logging("WARNING")
    folder = Path(tempfile.mkdtemp(prefix="highseas-bench-"))
    folder.chmod(0o755)
    try:
        with _running(folder, postgres=asked.postgres) as suite:
            found = _measure(suite, *(QUICK if asked.quick else FULL), only=asked.only)
        if asked.only in large.NAME:
            large.report(folder, **({"few": 500, "times": 2} if asked.quick else {}))
    except (StartError, SettingError, AssertionError) as error:
        print(f"bench: {error}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(row.failed or row.doubled for row in found) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.bench", description="Measure the suite against its bare broker and bare gateway.")
    parser.add_argument("--quick", action="store_true", help="60 customers and few samples: shows that it runs, not how fast")
    parser.add_argument("--postgres", action="store_true", help="on a private PostgreSQL instead of SQLite or HIGHSEAS_DATABASE_URL")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows whose name contains this")
    return parser.parse_args()


@contextmanager
def _running(folder: Path, *, postgres: bool) -> Iterator[Suite]:
    server = PrivatePostgres(folder / "postgres") if postgres else None
    settings = replace(
        Settings.from_env(), data_dir=folder / "data", port=free_port(), amqp_url="", admin_password=PASSWORD, demo=False,
        rate_limit="1000000/second", access_token_seconds=36_000, log_level="WARNING",
        # A call that a busy machine delays has not failed.
        rpc_timeout_seconds=60,
    )  # fmt: skip
    if server:
        server.start()
        settings = replace(settings, database_url=server.url)
    suite = Suite(settings)
    try:
        suite.start()
        yield suite
    finally:
        suite.stop()
        if server:
            server.stop()


def _measure(suite: Suite, customers: int, orders: int, effort: Effort, *, only: str) -> list[Figures]:
    company = Company(suite, admin_password=PASSWORD)
    with report.timed(f"{customers:,} customers and {orders:,} orders"):
        company.fill(customers=customers, orders=orders)
    log = suite.settings.data_dir / "log" / "echo.log"
    answering = processes.start([sys.executable, "-m", "deploy.bench.echo", suite.amqp_url], log=log, cwd=ROOT)
    echo = Echo(suite.amqp_url)
    try:
        return list(_rows(suite, company, echo, effort, only=only))
    finally:
        company.close()
        echo.close()
        processes.end(answering)


def _rows(suite: Suite, company: Company, echo: Echo, effort: Effort, *, only: str) -> Iterator[Figures]:
    report.head("PostgreSQL" if suite.settings.database_url else "SQLite", median(echo.times(effort.echoes)))
    for row in (row for row in ROWS if only in row.name):
        found = measure(row, company, echo, effort)
        report.line(found)
        yield found
    for latency in events(company, echo, effort):
        report.line(latency)
        yield latency
    report.memory(suite)


if __name__ == "__main__":
    sys.exit(main())
