"""`deploy/bootstrap.sh` on machines that lack something: a PATH of our own stands in for the machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.processes import ROOT

TOOLS = ("sh", "dirname", "cat", "cksum", "rm", "mkdir", "mktemp", "grep", "head", "tail", "id", "env", "chmod", "touch", "cp", "sed")
# A Python whose venv works only once the package is there; the environment it makes has a pip that is content.
PYTHON = """#!/bin/sh
case "$*" in
    *venv\\"*) echo python3.11-venv ;;
    "-m venv .venv") [ -e ./venv-installed ] || exit 1; mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 0\\n' >.venv/bin/python; chmod +x .venv/bin/python ;;
    *) exit ${OLD:-0} ;;
esac
"""
APT = """#!/bin/sh
echo "$*" >>apt.log
case "$*" in
    update) if [ -e ./offline ]; then echo "E: Failed to fetch the index" >&2; exit 100; fi ;;
    install*venv) touch ./venv-installed ;;
esac
"""

Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Runs the script in a bare copy of the project, with only the programs given."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "bootstrap.sh", tmp_path / "deploy")
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "requirements-dev.lock").write_text("uv==1.0 \\\n    --hash=sha256:00\nlater==1.0 \\\n    --hash=sha256:01\n")

    def run(python: str = "", apt: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        for name, text in (("python3", python), ("apt-get", apt)):
            if text:
                (tools / name).write_text(text)
                (tools / name).chmod(0o755)
        command = ["/bin/sh", "deploy/bootstrap.sh", "run"]
        return subprocess.run(command, cwd=tmp_path, env={"PATH": str(tools), **environment}, capture_output=True, text=True, check=False)

    return run


def refused(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.splitlines()
    assert done.returncode == 1, done
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("highseas: ")
    return lines[0]


def test_says_that_python_is_missing_or_too_old(machine: Machine) -> None:
    assert "Python 3.11 or newer is missing" in refused(machine())
    assert "Python 3.11 or newer is missing" in refused(machine(PYTHON, OLD="1"))
    assert "PYTHON=python2" in refused(machine(PYTHON, PYTHON="python2"))


def test_says_that_venv_is_missing_where_it_cannot_install(machine: Machine) -> None:
    assert "install the package python3.11-venv" in refused(machine(PYTHON))


def test_says_why_apt_failed(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "offline").touch()
    line = refused(machine(PYTHON, APT))
    assert "could not install python3.11-venv" in line
    assert "E: Failed to fetch the index" in line


def test_installs_venv_and_goes_on(machine: Machine, tmp_path: Path) -> None:
    done = machine(PYTHON, APT)
    assert done.returncode == 0, done.stderr
    assert "install -y --no-install-recommends -o DPkg::Lock::Timeout=60 python3.11-venv" in (tmp_path / "apt.log").read_text()
    assert (tmp_path / ".venv" / ".stamp-run").exists()
    assert (tmp_path / ".venv" / "uv.lock").read_text() == "uv==1.0 \\\n    --hash=sha256:00\n"
    again = machine(PYTHON, APT)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_repairs_an_environment_without_pip(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "venv-installed").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    broken = tmp_path / ".venv" / "bin" / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    done = machine(PYTHON)
    assert done.returncode == 0, done.stderr
    assert broken.read_text() == "#!/bin/sh\nexit 0\n"
