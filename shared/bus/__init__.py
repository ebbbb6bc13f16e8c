"""The bus as a service sees it: a door written with `rpc`, `on`, `every`, and `publish`.

The transport behind it (Nameko, kombu, eventlet, pika) is imported only by the modules that run it: entrypoints,
runner, relay, client, topology.
"""

from shared.bus.calls import Call, RpcSpec, every, on, rpc
from shared.bus.outbox import publish
from shared.bus.service import Service

__all__ = ["Call", "RpcSpec", "Service", "every", "on", "publish", "rpc"]
