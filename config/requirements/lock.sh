#!/bin/sh
# Lock every requirement by hash; no index is named, so that each machine's own pip settings decide where it fetches.
set -eu
compile() {
    "$PIP_COMPILE" --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options "$@"
}
PIP_COMPILE=$1
cd "$(dirname "$0")"
compile --output-file base.txt ../../pyproject.toml
compile --extra local --constraint base.txt --output-file local.txt ../../pyproject.toml
compile --extra local --extra dev --constraint local.txt --output-file dev.txt ../../pyproject.toml
sed -n '/^node = \[/s/.*"\(.*\)".*/\1/p' ../../pyproject.toml | compile --constraint dev.txt --output-file node.txt -
