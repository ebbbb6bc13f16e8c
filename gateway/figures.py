"""How much waits between the services, as Prometheus figures: the gateway asks each service when it is asked itself."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.routes import SERVICES
from shared.bus.client import RpcClient
from shared.errors import AppError

PATIENCE_SECONDS = 1.0
FIGURES = {
    ("outbox", "waiting"): "Events committed and not sent yet",
    ("outbox", "oldest_seconds"): "Age of the oldest event not sent yet",
    ("inbox", "pending"): "Events taken in and not handled yet",
    ("inbox", "oldest_seconds"): "Age of the oldest event not handled yet",
    ("inbox", "parked"): "Events given up after ten attempts",
}


def ask_all(client: RpcClient, method: str) -> dict[str, Any]:
    """The body of every service's answer to a call without arguments, all asked at once; None where none came in time."""
    with ThreadPoolExecutor(len(SERVICES)) as asking:
        return dict(zip(SERVICES, asking.map(lambda service: _ask(client, f"{service}.{method}"), SERVICES), strict=True))


def _ask(client: RpcClient, method: str) -> Any:
    try:
        reply = client.call(method, {}, {}, timeout=PATIENCE_SECONDS)
    except AppError:
        return None
    return reply.get("body")


class BusFigures(Collector):
    """Gauges per service, and whether it answered."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client

    def collect(self) -> Iterable[Metric]:
        """Ask, and tell what was answered; a service that does not answer has no figures but `highseas_service_up` 0."""
        told = ask_all(self._client, "bus_status")
        up = GaugeMetricFamily("highseas_service_up", "Whether the service answers", labels=["service"])
        for service, status in told.items():
            up.add_metric([service], float(status is not None))
        yield up
        for (part, name), meaning in FIGURES.items():
            gauge = GaugeMetricFamily(f"highseas_{part}_{name}", meaning, labels=["service"])
            for service, status in told.items():
                if status is not None:
                    gauge.add_metric([service], status[part][name])
            yield gauge
