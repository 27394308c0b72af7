#!/bin/sh
# Links the Node.js that was installed for this machine as bin/node. Downloads nothing: the package manager installed it and
# checked its integrity against the lockfile.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
for package in node_modules/node-*; do
  if [ -f "$package/bin/node" ]; then ln -sfn "../$package/bin/node" bin/node; fi
done
