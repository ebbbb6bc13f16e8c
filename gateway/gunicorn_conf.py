"""gunicorn's configuration: gevent workers, each with one bus connection for many calls in flight."""

import os

# Before psycopg is imported: its own wait function blocks every greenlet of a worker.
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"

# The modules are loaded before there is a worker, and what they take from Python's own must be patched by then.
from gevent import monkey

monkey.patch_all()

from shared import memory

memory.load_in_peace()

bind = f"{os.environ.get('HIGHSEAS_HOST', '127.0.0.1')}:{os.environ.get('HIGHSEAS_PORT', '8080')}"
workers = int(os.environ.get("HIGHSEAS_GATEWAY_WORKERS", "2"))
worker_class = "gateway.worker.GatewayWorker"
worker_connections = 1000
keepalive = 75
graceful_timeout = 25
timeout = 60
accesslog = None
loglevel = "warning"
limit_request_line = 64 * 1024
limit_request_field_size = 8190


def on_starting(server: object) -> None:
    """Load the modules once for all workers, which are forked from here; the application itself, with its connections, is each worker's own."""
    import gateway.app  # noqa: F401

    memory.settle()


def post_worker_init(worker: object) -> None:
    """The application is loaded."""
    memory.settle()


def child_exit(server: object, worker: object) -> None:
    """Forget the figures of a worker that ended."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[attr-defined,no-untyped-call]
