#!/bin/sh
# Sets up .venv on a fresh Debian or Ubuntu: compilers through apt-get where they are missing, then Python packages.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
need=""
command -v "$PYTHON" >/dev/null 2>&1 || need="$need python3"
command -v g++ >/dev/null 2>&1 || need="$need g++"
command -v cmake >/dev/null 2>&1 || need="$need cmake"
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need="$need python3-venv"
"$PYTHON" -c 'import os, sysconfig; assert os.path.exists(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
  need="$need python3-dev"
# The second engine (--ocr tesseract), and a font for the pages of the tests.
command -v tesseract >/dev/null 2>&1 || need="$need tesseract-ocr tesseract-ocr-chi-sim"
[ -f /usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf ] || need="$need fonts-arphic-gbsn00lp"
if [ -n "$need" ]; then
  if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo"; fi
  echo "buque: installing$need" >&2
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $need >&2
fi
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
sh scripts/install.sh .venv
