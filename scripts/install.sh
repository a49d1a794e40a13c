#!/bin/sh
# Installs Buque and what it needs, at the locked versions, into the virtual environment $1 (.venv).
set -eu
cd "$(dirname "$0")/.."
bin=${1:-.venv}/bin
pip() { "$bin/python" -m pip "$@"; }
install="install -q --disable-pip-version-check --no-deps"
# shellcheck disable=SC2086
{
  pip $install -r requirements-build.lock
  if ! "$bin/python" -c 'import kenlm' 2>/dev/null; then
    # Its sources carry a binding that Cython made for Python up to 3.12: it is made anew for the Python at hand.
    version=$(sed -n 's/^kenlm==//p' requirements.lock)
    "$bin/python" scripts/fetch_kenlm.py
    "$bin/cython" --cplus "build/kenlm-$version/python/kenlm.pyx"
    pip $install --no-build-isolation "./build/kenlm-$version"
  fi
  pip $install --no-build-isolation -r requirements.lock
  pip $install --no-build-isolation -e .
}
"$bin/python" -m compileall -q pipeline  # the first start is no slower than the second
