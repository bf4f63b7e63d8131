#!/usr/bin/env bash
# Builds the site: the pages of this repository and the API reference, in artifacts/site. A broken link and a comment
# that docfx warns of fail. Needs the network once, for docfx, a .NET tool. With --serve it stays and serves the site at
# http://localhost:8080.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p artifacts
dotnet build -c Release Arena.Memory -p:RunAnalyzers=false
dotnet tool restore
dotnet docfx metadata docfx.json | tee artifacts/docfx-metadata.log
if grep -q '^warning:' artifacts/docfx-metadata.log; then
  echo "Mend the comments that docfx warns of." >&2
  exit 1
fi
dotnet docfx build docfx.json --warningsAsErrors "$@"
