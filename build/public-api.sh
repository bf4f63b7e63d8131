#!/usr/bin/env bash
# Writes what is public into PublicAPI.Unshipped.txt of each library that ships: run it after a public member was added,
# changed or removed, and look at the difference before you commit. A line of PublicAPI.Shipped.txt whose member is gone
# is a break for users; the build names it (RS0017) until it is listed in Unshipped with *REMOVED* in front.
set -euo pipefail
cd "$(dirname "$0")/.."

for project in Arena Arena.Pools Arena.Collections Arena.Diagnostics; do
  touch "$project/PublicAPI.Shipped.txt"
  echo '#nullable enable' > "$project/PublicAPI.Unshipped.txt"
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in Arena Arena.Pools Arena.Collections Arena.Diagnostics; do
  # The analyzer says of each public member that it is not in the file, in the words that the file has for it.
  dotnet build -c Release "$project" --no-incremental --no-dependencies -p:TreatWarningsAsErrors=false > "$log" ||
    { cat "$log"; exit 1; }
  { echo '#nullable enable'
    sed -nE "s/.*warning RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" "$log" | LC_ALL=C sort -u
  } > "$project/PublicAPI.Unshipped.txt"
  echo "$project: $(($(wc -l < "$project/PublicAPI.Unshipped.txt") - 1)) public members"
done
