#!/bin/sh
# Starts Node.js: the one of this workspace if it runs, otherwise a new enough one from PATH.
least=24
here=$(dirname "$0")

if "$here/bin/node" --version > /dev/null 2>&1; then exec "$here/bin/node" "$@"; fi

folders=$PATH:
while [ -n "$folders" ]; do
  folder=${folders%%:*}
  folders=${folders#*:}
  # A node there is a link to this file.
  case $folder in */node_modules/.bin) continue ;; esac
  candidate=${folder:-.}/node
  [ -x "$candidate" ] || continue
  version=$("$candidate" -p 'process.versions.node' 2> /dev/null) || continue
  if [ "${version%%.*}" -ge "$least" ] 2> /dev/null; then exec "$candidate" "$@"; fi
  found="; the $candidate of the PATH is $version"
done

if [ -e "$here/bin/node" ]; then
  reason='cannot run on this machine: it needs glibc 2.28 or later, which Alpine and other systems with musl do not have'
else
  reason='is not there: it comes for Linux, x64 and arm64, with an installation that runs scripts'
fi
echo "countersign: the Node.js that is installed with it $reason. Put a Node.js $least or later on the PATH${found:-}." >&2
exit 1
