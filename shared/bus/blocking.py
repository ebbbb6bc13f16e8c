"""Long work without stopping everybody else in the process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def run_blocking(work: Callable[..., T], *args: Any) -> T:
    """Run something long (a password hash, a document) in a real thread, so that heartbeats and other requests go on.

    On plain threads it simply runs.
    """
    eventlet: Any = sys.modules.get("eventlet")
    if eventlet and eventlet.patcher.is_monkey_patched("thread"):
        from eventlet import tpool

        return tpool.execute(work, *args)  # type: ignore[no-any-return]
    gevent: Any = sys.modules.get("gevent.monkey")
    if gevent and gevent.is_module_patched("threading"):
        from gevent import get_hub

        return get_hub().threadpool.apply(work, args)  # type: ignore[no-any-return]
    return work(*args)
