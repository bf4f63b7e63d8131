#!/usr/bin/env bash
# Says how much of each library the tests execute: of its lines, in percent. Counting slows tests down, so these are the
# contract of all allocators and the tests of containers and of captures, unless a filter of dotnet test is given.
set -euo pipefail
cd "$(dirname "$0")/.."

filter=${1:-FullyQualifiedName~Arena.Tests.Contract|FullyQualifiedName~Arena.Tests.Collections|FullyQualifiedName~Capture}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet test -c Release Arena.Tests --filter "$filter" --collect "XPlat Code Coverage" --results-directory "$folder" \
  > "$folder/log" || { cat "$folder/log"; exit 1; }
grep -E 'Passed!|Failed!' "$folder/log"
# One element a line, with the share of lines as a fraction.
sed -nE 's/.*<package name="([^"]+)" line-rate="([0-9.]+)".*/\1 \2/p' "$folder"/*/coverage.cobertura.xml |
  LC_ALL=C awk '$1 ~ /^Arena(\.Pools|\.Collections|\.Diagnostics)?$/ { printf "%-18s %5.1f %% of lines\n", $1, 100 * $2 }'
