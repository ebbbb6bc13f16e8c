"""`make run`: the whole suite on this machine until Ctrl-C."""

from __future__ import annotations

import logging
import signal
import sys
import time
from typing import Any

from deploy.processes import StartError
from deploy.suite import Suite
from shared.settings import SettingError, Settings
from shared.telemetry import start_logging

AGAIN_SECONDS = 1.0
ENDS = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """The command line: starts everything, prints address and log-in, stops everything on Ctrl-C or SIGTERM."""
    try:
        settings = Settings.from_env()
    except SettingError as error:
        return _fail(error)
    start_logging("WARNING")
    # What it says of a broker that cannot be reached, we say in one line.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    suite = Suite(settings)
    try:
        _run(suite)
    except StartError as error:
        return _fail(error)
    except KeyboardInterrupt:
        _say("stopping ...")
    finally:
        _listen(_ignore, *ENDS, signal.SIGALRM)
        signal.setitimer(signal.ITIMER_REAL, 0)
        suite.stop()
        # When Python ends it forgets our functions.
        _listen(signal.SIG_IGN, *ENDS)
    return 0


def _run(suite: Suite) -> None:
    sys.unraisablehook = _say_unheard
    _listen(_interrupt, *ENDS, signal.SIGALRM)
    started = time.monotonic()
    _say("starting Highseas CRM ...")
    suite.start()
    _greet(suite, time.monotonic() - started)
    if suite.settings.demo:
        _load_demo(suite)
    while True:
        # Not for ever: what comes in the moment before one waits is heard in the next.
        time.sleep(AGAIN_SECONDS)


def _listen(handler: Any, *numbers: int) -> None:
    for number in numbers:
        signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    # Ctrl-C and SIGTERM end the start as well as the run, and the first is enough. But Python drops what is raised in a function the garbage
    # collector called, and SQLAlchemy has such functions: until somebody hears that we are to stop, it is said again.
    _listen(_ignore, *ENDS)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise KeyboardInterrupt


def _ignore(number: int, frame: object) -> None:
    # A function of ours and not SIG_IGN, which a part that is being started just now would inherit: it would not hear that it is to stop.
    pass


def _say_unheard(dropped: Any) -> None:
    if dropped.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(dropped)


def _greet(suite: Suite, seconds: float) -> None:
    _say(f"Highseas CRM is ready after {seconds:.0f} s: {suite.url}")
    _say(f"  API description  {suite.url}/api/docs")
    if suite.password:
        _say(f"  log in as        admin / {suite.password}   (shown once; keep it)")
    else:
        _say("  log in as        admin")


def _load_demo(suite: Suite) -> None:
    from deploy.demo import DemoError, load

    password = suite.password or suite.settings.admin_password
    if not password:
        _say("the demo company is loaded at the first start, or with HIGHSEAS_ADMIN_PASSWORD set")
        return
    try:
        _say(load(suite.url, password))
    except DemoError as error:
        _say(f"the demo company could not be loaded: {error}")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _fail(error: Exception) -> int:
    print(f"highseas: {error}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
