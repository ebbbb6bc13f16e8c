"""A broker reached over TLS: calls and events go through, and a broker that is another than it says is refused."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker import PrivateBroker
from deploy.processes import free_port
from shared.bus.client import RpcClient
from shared.errors import Unavailable
from tests.certificates import sign
from tests.shared.bus.caller import MODELS
from tests.shared.bus.harness import Workshop, eventually


class TlsBroker(PrivateBroker):
    """A private node that listens for TLS as well, as "localhost" and under no other name."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.tls_port = free_port()
        self.authority = self.data_dir / "ca.pem"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        sign(self.data_dir)

    def _configuration(self) -> str:
        files = {"cacertfile": "ca.pem", "certfile": "server.pem", "keyfile": "server.key"}
        lines = [f"ssl_options.{name} = {self.data_dir / file}" for name, file in files.items()]
        return super()._configuration() + "\n".join([f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}", *lines]) + "\n"


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsBroker]:
    folder = Path(tempfile.mkdtemp(prefix="highseas-broker-"))
    node = TlsBroker(folder)
    node.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(node.authority))
    yield node
    node.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_everything_speaks_tls_with_the_broker_that_was_meant(broker: TlsBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = Workshop(tmp_path, "", f"amqps://guest:guest@localhost:{broker.tls_port}/%2F")
    try:
        replica = workshop.start(probe_port=free_port()).wait_ready()
        for model in MODELS:
            workshop.hear_from(model)
        eventually(lambda: len(workshop.done("gevent")) == len(workshop.done("eventlet")) == 10 and len(workshop.done("threads")) == 1)

        refused(f"amqps://guest:guest@127.0.0.1:{broker.tls_port}/%2F")
        monkeypatch.delenv("SSL_CERT_FILE")
        refused(f"amqps://guest:guest@localhost:{broker.tls_port}/%2F")

        replica.terminate()
        assert replica.wait() == 0
    finally:
        workshop.close()


def refused(url: str) -> None:
    client = RpcClient(url, timeout=2)
    with pytest.raises(Unavailable):
        client.call("pool.ping", {}, {})
    client.close()
