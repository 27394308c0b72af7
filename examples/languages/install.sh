#!/usr/bin/env bash
# Fetches what the guards of the named languages need, into .cache/languages: install.sh python go java spring rust
# The tests download nothing. What cannot be had is said, and the tests that need it are skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
cache=$(cd ../.. && pwd)/.cache/languages

fetch() {
  case $1 in
    python)
      rm -rf "$cache/python/packages"
      timeout 180 pip3 install --target "$cache/python/packages" --disable-pip-version-check --quiet --quiet \
        --require-hashes --requirement python/requirements.txt
      ;;
    go) (cd go && GOTOOLCHAIN=local timeout 60 go mod download) ;;
    java | spring)
      # The goal `dependency:go-offline` leaves out what plugins load late, so the guard is built once.
      cp -r "$1/." "$cache/$1/build"
      timeout 300 mvn --quiet --batch-mode --file "$cache/$1/build" "-Dmaven.repo.local=$cache/maven" package
      ;;
    rust) CARGO_HOME=$cache/cargo timeout 180 cargo fetch --quiet --locked --manifest-path rust/Cargo.toml ;;
    *) false ;;
  esac
}

declare -A manifests=(
  [python]=requirements.txt [go]=go.sum [java]=pom.xml [spring]=pom.xml [rust]=Cargo.lock
)

for name in "$@"; do
  cmp -s "$name/${manifests[$name]}" "$cache/$name/installed" && continue
  rm -rf "${cache:?}/$name/build" "$cache/$name/installed"
  mkdir -p "$cache/$name"
  # The copy tells the tests for which versions this was done.
  if fetch "$name"; then
    cp "$name/${manifests[$name]}" "$cache/$name/installed"
  else
    echo "cannot be had here: what examples/languages/$name needs"
  fi
done
