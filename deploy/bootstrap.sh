#!/bin/sh
# Makes this machine ready: virtual environment from the lock, RabbitMQ; with "test" also the test tools and PostgreSQL.
# Uses only the system's Python 3.11+ and, where something is missing, apt. Says in one line what it cannot do.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}

fail() { echo "highseas: $1" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else fail "$2 is missing, and installing it needs root or sudo"; fi
}

install_package() { # package, what for
    command -v apt-get >/dev/null 2>&1 || fail "$2 is missing: install the package $1"
    echo "installing $1 ($2) ..."
    log=$(mktemp)
    # The package must not start a server of its own: ours is private.
    { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 POLICYRCD=101 apt-get install -y --no-install-recommends "$1"; } >"$log" 2>&1 \
        || { tail -n 3 "$log" >&2; fail "could not install $1 ($2)"; }
    rm -f "$log"
}

python=${PYTHON:-}
for candidate in ${python:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing"

if [ "$want" = test ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi
stamp=.venv/.stamp-$want
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(cksum <"$lock")" ]; then
    if [ ! -x .venv/bin/python ]; then
        "$python" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; install_package python3-venv "virtual environments for Python"; "$python" -m venv .venv || fail "could not make a virtual environment"; }
    fi
    echo "installing Python packages from $lock ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" 2>.venv/pip.log || { grep -v '^WARNING' .venv/pip.log | tail -n 3 >&2; fail "could not install the Python packages of $lock"; }
    cksum <"$lock" >"$stamp"
fi

if [ -z "${HIGHSEAS_AMQP_URL:-}" ] || [ "$want" = test ]; then
    .venv/bin/python -c 'import sys; from deploy.broker import find_server; sys.exit(find_server() is None)' || install_package rabbitmq-server "the message broker"
fi
if [ "$want" = test ]; then
    .venv/bin/python -c 'import sys; from deploy.postgres import find_binaries; sys.exit(find_binaries() is None)' || install_package postgresql "the database tests run on"
    browser=${HIGHSEAS_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
    [ -n "$browser" ] || install_package chromium "the browser tests run in"
    fc-list :lang=zh 2>/dev/null | grep -q . || install_package fonts-noto-cjk "Chinese letters for the browser"
fi
