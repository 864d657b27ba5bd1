#!/usr/bin/env bash
# Brings what the program needs from outside onto this machine. Called by the Makefile, one part at a time:
#
#   system   fonts for documents, venv for Python          (Debian and Ubuntu: apt, as root or by sudo)
#   testing  browsers, PDF reader and Latin font of tests   (the same)
#   python   .venv with exactly requirements.lock, hashes checked
#   node     Node for building the web app: the machine's own from 20.19 on, else one from PyPI in .venv/node
#
# Every part does nothing when its work is done already, and fails with one line that says what to do.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "xunjian: $*"; exit 1; }

# The words to put before a command so that it runs as root; fails when there is no way.
as_root() {
  if [ "$(id -u)" = 0 ]; then return 0; fi
  command -v sudo >/dev/null || return 1
  if sudo -n true 2>/dev/null || [ -t 0 ]; then echo sudo; return 0; fi
  return 1
}

missing_of() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || echo "$name"
  done
}

# require WHY PACKAGE…
require() {
  local why=$1 missing root output
  shift
  if ! command -v apt-get >/dev/null; then
    say "xunjian: no apt here, so see for yourself that these are installed ($why): $*"
    return 0
  fi
  missing=$(missing_of "$@" | paste -sd ' ')
  [ -n "$missing" ] || return 0
  root=$(as_root) || fail "$why: run \`sudo apt-get install $missing\`, then try again"
  say "installing $missing ($why) …"
  # shellcheck disable=SC2086 # words on purpose
  output=$({ $root apt-get -qq update && $root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
      --no-install-recommends $missing; } 2>&1 </dev/null) \
    || fail "apt could not install $missing ($why): $(tail -n 1 <<<"$output")"
}

python_of_machine() {
  local name
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$name"; return 0; fi
  done
  return 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

do_system() {
  local python wanted=(fonts-noto-cjk)
  python=$(python_of_machine) || fail "Python 3.11 or newer is missing: install it, or name one: PYTHON=… make run"
  has_venv "$python" || wanted+=(python3-venv)
  require "fonts for documents, environments for Python" "${wanted[@]}"
}

do_testing() { require "for the tests" chromium webkit2gtk-driver xvfb poppler-utils fonts-roboto-unhinted; }

do_python() {
  local python
  python=$(python_of_machine) || fail "Python 3.11 or newer is missing: install it, or name one: PYTHON=… make run"
  if ! .venv/bin/python -c '' 2>/dev/null; then
    say "creating .venv …"
    rm -rf .venv
    "$python" -m venv .venv || fail "$python has no venv module: on Debian run \`sudo apt-get install python3-venv\`"
  fi
  say "installing the Python packages of requirements.lock …"
  .venv/bin/python -m pip install -qq --require-hashes -r infra/locks/uv.txt \
    || fail "cannot install uv: is the package registry reachable?"
  .venv/bin/uv pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock \
    || fail "cannot install requirements.lock: is the package registry reachable?"
  .venv/bin/uv pip install -q --python .venv/bin/python --no-deps --editable . \
    || fail "cannot install the program itself into .venv"
}

do_node() {
  local new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
  if command -v npm >/dev/null && node -e "$new_enough" 2>/dev/null; then return 0; fi
  say "no Node from 20.19 on here: installing one into .venv/node …"
  .venv/bin/python -m venv .venv/node \
    && .venv/node/bin/python -m pip install -qq --require-hashes -r infra/locks/node.txt \
    || fail "no Node: install Node 20.19 or newer with npm, then try again"
}

case "${1:-}" in
  system | testing | python | node) "do_$1" ;;
  *) fail "say one of: system testing python node" ;;
esac
