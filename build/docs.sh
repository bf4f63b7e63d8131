#!/usr/bin/env bash
# Builds the site: the pages of this repository and the API reference, in artifacts/site. A broken link fails. Needs the
# network once, for docfx, a .NET tool. With --serve it stays and serves the site at http://localhost:8080.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build -c Release Arena.Memory -p:RunAnalyzers=false
dotnet tool restore
dotnet docfx metadata docfx.json
dotnet docfx build docfx.json --warningsAsErrors "$@"
