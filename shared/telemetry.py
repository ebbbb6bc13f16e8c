"""Logs and metrics: one JSON line per event, Prometheus figures for what can go wrong."""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

RPC_SECONDS = Histogram(
    "highseas_rpc_seconds", "Time a service took for a call", ["service", "method"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)  # fmt: skip
DROPPED_REPLIES = Counter("highseas_dropped_replies_total", "Replies that could not be sent", ["service"])
REJECTED_MESSAGES = Counter("highseas_rejected_messages_total", "Messages nobody could read", ["service", "reason"])


def start_logging(level: str = "INFO") -> None:
    """Log JSON lines to standard error, for our own loggers and everybody else's.

    Existing loggers stay on: switching them off would hide a failing handler's only trace.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A lost connection is told by those who lost it, in one line; these would tell it in fifty, each second.
    for chatty in ("pika", "amqp", "kombu"):
        logging.getLogger(chatty).setLevel("CRITICAL")
