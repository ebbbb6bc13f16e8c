"""Calls the workshop from a process of its own, as a gateway (gevent), a service (eventlet) or a command (threads) does.

    python -m tests.shared.bus.caller gevent amqp://guest:guest@127.0.0.1:5672/%2F

It ends well where all ten calls at once were answered, and the connection is closed with nobody left who reads it.
"""

from __future__ import annotations

import sys

MODELS = ("gevent", "eventlet", "threads")


def main(model: str, url: str) -> None:
    """Call at once where that is safe: OpenSSL is not for several threads."""
    import threading

    from shared.bus.client import RpcClient
    from tests.shared.bus.harness import CALLER, NAME, PATIENCE_SECONDS

    client, answers = RpcClient(url, timeout=PATIENCE_SECONDS), list[int]()

    def tell() -> None:
        answers.append(client.call(f"{NAME}.tell", {"about": "a", "text": model}, {"caller": CALLER})["status"])

    if model == "threads" and url.startswith("amqps"):
        tell()
    else:
        callers = [threading.Thread(target=tell) for _ in range(10)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    client.close()
    assert set(answers) == {200}, answers
    assert "rpc-client" not in {thread.name for thread in threading.enumerate()}


if __name__ == "__main__":
    if sys.argv[1] == "gevent":
        from gevent import monkey

        monkey.patch_all()
    elif sys.argv[1] == "eventlet":
        import eventlet

        eventlet.monkey_patch()
    main(*sys.argv[1:])
