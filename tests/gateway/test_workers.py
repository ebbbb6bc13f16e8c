"""What the gateway's workers have in common: modules, and nothing that belongs to one process."""

from __future__ import annotations

import json
import subprocess
import sys

from deploy.processes import ROOT

MASTER = """
import json, runpy, sys
import psutil
conf = runpy.run_path("gateway/gunicorn_conf.py")
conf["on_starting"](None)
from gevent.monkey import is_module_patched
me = psutil.Process()
print(json.dumps({
    "loaded": "gateway.app" in sys.modules, "patched": is_module_patched("threading") and is_module_patched("socket"),
    "application": "gateway.wsgi" in sys.modules, "threads": me.num_threads(),
    "connections": len(me.net_connections()), "files": [file.path for file in me.open_files()],
}))
"""


def test_modules_are_loaded_before_the_fork_and_leave_nothing_open() -> None:
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", MASTER], cwd=ROOT, capture_output=True, text=True, check=True)
    expected = {"loaded": True, "patched": True, "application": False, "threads": 1, "connections": 0, "files": []}
    assert json.loads(ran.stdout) == expected
