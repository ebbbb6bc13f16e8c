"""The parts of the suite: which there are and how each is started. The one list everything else is made from."""

from __future__ import annotations

import sys

from gateway.service import IdentityService
from services.activity.service import ActivityService
from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.pool.service import PoolService
from services.reporting.service import ReportingService
from services.sales.service import SalesService
from shared.bus import Service

SERVICES: tuple[type[Service], ...] = (
    IdentityService,
    CustomerService,
    PoolService,
    SalesService,
    FinanceService,
    ActivityService,
    ReportingService,
)


def path_of(service: type[Service]) -> str:
    """What `python -m shared.run` takes: "services.sales.service:SalesService"."""
    return f"{service.__module__}:{service.__name__}"


COMMANDS: dict[str, list[str]] = {
    "gateway": [sys.executable, "-m", "gunicorn", "-c", "gateway/gunicorn_conf.py", "gateway.wsgi:app"],
    **{service.name: [sys.executable, "-m", "shared.run", path_of(service)] for service in SERVICES},
}
"""How each part is started, in the project's folder."""
