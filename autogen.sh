#!/bin/sh
# Make ./configure after a clone. A release has it already.
set -eu
cd "$(dirname "$0")"
mkdir -p m4 build-aux
exec autoreconf --install --force "$@"
