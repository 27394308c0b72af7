#!/bin/sh
# Gives the Node.js that was installed for this machine its place, bin/node. Nothing is fetched: the package manager brought it,
# and compared it with the integrity in the lockfile.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
for package in node_modules/node-*; do
  if [ -f "$package/bin/node" ]; then ln -sfn "../$package/bin/node" bin/node; fi
done
