"""A private PostgreSQL server for tests and trials: its own port and folder, durable writes off."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from deploy.processes import StartError, free_port, start, wait_until


def find_binaries() -> Path | None:
    """The folder of initdb and postgres of the newest installed version, or None."""
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]), reverse=True):
        if os.access(f"{folder}/initdb", os.X_OK):
            return Path(folder)
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class PrivatePostgres:
    """One server under `data_dir` on a free port of the loopback interface; database and user are "highseas"."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where SQLAlchemy connects."""
        return f"postgresql+psycopg://highseas@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster if there is none, start the server, wait until it answers. Raises StartError."""
        binaries = find_binaries()
        if binaries is None:
            raise StartError("PostgreSQL is missing: install postgresql")
        cluster = self.data_dir / "cluster"
        if not cluster.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._give_away(self.data_dir)
            made = subprocess.run(
                self._as_owner([str(binaries / "initdb"), "-D", str(cluster), "-U", "highseas", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]),
                capture_output=True, text=True, check=False, cwd=self.data_dir,
            )  # fmt: skip
            if made.returncode:
                raise StartError(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")
        options = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "", "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300", "shared_buffers": "64MB",
        }  # fmt: skip
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = self._as_owner([str(binaries / "postgres"), "-D", str(cluster), *arguments])
        self._process = start(command, log=self.data_dir / "postgres.log", cwd=self.data_dir)
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0,
            what="PostgreSQL", alive=lambda: self._process is not None and self._process.poll() is None,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def _as_owner(self, command: list[str]) -> list[str]:
        # PostgreSQL refuses to run as root; the package brings a user for it. Changing user forgets that it is to die with us.
        if os.geteuid() != 0:
            return command
        user = pwd.getpwnam("postgres")
        return ["setpriv", "--pdeathsig=INT", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]

    def _give_away(self, folder: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
