"""What goes wrong is told, whatever loggers there were before."""

from __future__ import annotations

import json
import subprocess
import sys

from deploy.suite import ROOT

SCRIPT = """
import logging
early = logging.getLogger("nameko.containers")
from shared.telemetry import start_logging
start_logging("INFO")
assert not early.disabled
try:
    raise RuntimeError("planted")
except RuntimeError:
    early.exception("handler failed")
logging.getLogger("somebody").warning("told")
logging.getLogger("pika.adapters").error("fifty lines about one lost connection")
"""


def test_loggers_that_were_there_before_still_tell_of_errors_with_their_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=True, timeout=150)
    failed, told = (json.loads(line) for line in ended.stderr.splitlines())
    assert (failed["event"], failed["level"]) == ("handler failed", "error")
    assert "RuntimeError: planted" in failed["exception"]
    assert "Traceback" in failed["exception"]
    assert told["event"] == "told"
