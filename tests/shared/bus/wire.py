"""A slow wire: what the broker sends arrives in small pieces, so that frames come torn, as on a real network.

While `goes` is clear, nothing of what the client sends goes on, as where a broker is short of memory and stops reading.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Self

PIECE = 3_000
PAUSE_SECONDS = 0.001
ROOM = 262_144
ALWAYS = threading.Event()
ALWAYS.set()


class SlowWire:
    """Listens on a free port and passes everything on to another one, piece by piece towards the client."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Little room for what waits: a client that goes on sending is held up soon.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self._sockets: list[socket.socket] = [self._listener]
        self.goes = threading.Event()
        self.goes.set()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._listener.getsockname()[1]}/%2F"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for opened in self._sockets:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                threading.Thread(target=_pass_on, args=(client, server, 65536, 0, self.goes), daemon=True).start()
                threading.Thread(target=_pass_on, args=(server, client, PIECE, PAUSE_SECONDS, ALWAYS), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, piece: int, pause: float, goes: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(piece):
            goes.wait()
            target.sendall(data)
            time.sleep(pause)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
