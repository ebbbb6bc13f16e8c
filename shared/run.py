"""Run one service: `python -m shared.run services.sales.service:SalesService`. How it works and ends is told in `shared/bus/runner.py`.

It stands outside of `shared.bus`, whose own imports are done before those of any module in it: patching must come before anything that
opens sockets or makes locks, and looks through all that is there already, which took a fifth of a start.
"""

import os

from shared import memory

memory.load_in_peace()
# The wait function must be set before psycopg is imported: its own blocks every greenlet of the process.
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
# What blocks (a password's hash) runs in threads, and each keeps the 19 MiB it once needed.
os.environ.setdefault("EVENTLET_THREADPOOL_SIZE", "4")
import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")
import eventlet

eventlet.monkey_patch()

import sys

from shared.bus.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
