#!/bin/sh
# Makes this machine ready: virtual environment from the lock, RabbitMQ; with "test" also the test tools and PostgreSQL.
# Uses only the system's Python 3.11+ and, where something is missing, apt. Says in one line what it cannot do.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}

fail() { echo "highseas: $1" >&2; exit 1; }

install_package() { # packages of which the first that can be had will do, what for
    names=$1
    command -v apt-get >/dev/null 2>&1 || fail "$2 is missing: install the package ${names##* }"
    if [ "$(id -u)" = 0 ]; then root=""; elif command -v sudo >/dev/null 2>&1; then root=sudo; else
        fail "$2 is missing: installing the package ${names##* } needs root or sudo"
    fi
    log=$(mktemp)
    $root apt-get update >"$log" 2>&1 || fail "could not install ${names##* } ($2): $(reason_in "$log")"
    for name in $names; do
        echo "installing $name ($2) ..."
        # RUNLEVEL=1: where there is no systemd, the package does not try to start a server of its own; ours is private.
        if $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=60 "$name" >"$log" 2>&1; then
            rm -f "$log"
            return
        fi
    done
    fail "could not install $name ($2): $(reason_in "$log")"
}

reason_in() { # log of apt
    grep '^E:' "$1" | head -n 1 | grep . || echo "see $1"
}

make_environment() {
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 && .venv/bin/python -m pip --version >/dev/null 2>&1
}

install_locked() { # lock: it names everything there is to install, so nothing is left to be worked out
    # uv, itself from the lock, takes a quarter of pip's time. Where it does not come through, a mirror only pip knows of, pip does it.
    sed -n '/^uv==/,/[^\\]$/p' requirements-dev.lock >.venv/uv.lock
    if install_with_pip .venv/uv.lock && VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --no-deps --require-hashes -r "$1" 2>.venv/uv.log; then
        return
    fi
    if ! install_with_pip "$1"; then
        reason=$(grep '^ERROR' .venv/pip.log | tail -n 1 || true)
        fail "could not install the Python packages of $1: ${reason:-see .venv/pip.log}"
    fi
}

install_with_pip() { # lock; Python compiles what it loads when it first does
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r "$1" 2>.venv/pip.log
}

python=""
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing${PYTHON:+ (PYTHON=$PYTHON)}"

if [ "$want" = test ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi
stamp=.venv/.stamp-$want
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(cksum <"$lock")" ]; then
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1 && ! make_environment; then
        # Debian keeps this part of Python in a package of its own.
        install_package "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" "virtual environments for Python"
        make_environment || fail "could not make a virtual environment with $python in $(pwd)/.venv"
    fi
    echo "installing Python packages from $lock ..."
    install_locked "$lock"
    cksum <"$lock" >"$stamp"
fi

if [ -z "${HIGHSEAS_AMQP_URL:-}" ] || [ "$want" = test ]; then
    .venv/bin/python -c 'import sys; from deploy.broker import find_server; sys.exit(find_server() is None)' || install_package rabbitmq-server "the message broker"
fi
if [ "$want" = test ]; then
    .venv/bin/python -c 'import sys; from deploy.postgres import find_binaries; sys.exit(find_binaries() is None)' || install_package postgresql "the database tests run on"
    # Chromium without its window takes a quarter of the time for each page.
    browser=${HIGHSEAS_CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
    [ -n "$browser" ] || install_package "chromium-headless-shell chromium" "the browser tests run in"
    fc-list :lang=zh 2>/dev/null | grep -q . || install_package fonts-noto-cjk "Chinese letters for the browser"
fi
