"""What a service tells those who watch over its process: asked over HTTP, of a real process. Without its broker: test_broker_away.py."""

from __future__ import annotations

import socket

from deploy.processes import free_port
from tests.shared.bus.harness import NAME, Workshop, eventually


def test_lives_while_it_waits_for_the_broker(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start(amqp_url="amqp://guest:guest@127.0.0.1:1/%2F", probe_port=free_port())
    eventually(lambda: replica.probe("/healthz") == (200, "alive\n"))
    eventually(lambda: replica.probe("/readyz") == (503, "waiting\n"))
    assert replica.code is None


def test_is_ready_when_it_takes_work_and_tells_its_figures(on_sqlite: Workshop) -> None:
    replica = on_sqlite.start(probe_port=free_port()).wait_ready()
    eventually(lambda: replica.probe("/readyz") == (200, "ready\n"))
    eventually(lambda: replica.probe("/anything")[0] == 404)
    assert on_sqlite.call("ping")["status"] == 200
    # It counts a call when it has answered it.
    counted = f'highseas_rpc_seconds_count{{method="ping",service="{NAME}"}} 1.0'
    eventually(lambda: replica.probe("/metrics")[0] == 200 and counted in replica.probe("/metrics")[1])
    replica.terminate()
    assert replica.wait() == 0
    assert replica.probe("/healthz")[0] == 0


def test_says_in_one_line_that_its_port_is_taken(on_sqlite: Workshop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        replica = on_sqlite.start(probe_port=taken.getsockname()[1])
        assert replica.wait() == 2
    assert "HIGHSEAS_PROBE_PORT" in replica.printed().splitlines()[-1]
