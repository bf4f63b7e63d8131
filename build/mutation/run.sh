#!/usr/bin/env bash
# Mutation testing of one area after the other: build/mutation/run.sh [AREA...], all areas if none is given.
# It works on a copy of the repository, and leaves reports in artifacts/mutation. CONTRIBUTING.md explains it.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
out="$root/artifacts/mutation"
copy="${MUTATION_COPY:-/tmp/arena-mutation}"
tool="$out/tool"

# One process for all projects, without analyzers: mutants are not in good style.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false RunAnalyzers=false EnforceCodeStyleInBuild=false

mkdir -p "$out"
[ -x "$tool/dotnet-stryker" ] || dotnet tool install dotnet-stryker --version 5.1.0 --tool-path "$tool"
rm -rf "$copy" && git clone -q "$root" "$copy"
dotnet build -c Release -m:1 "$copy/Arena.Tests"

# The tool analyses the projects, which deletes what was built, and builds again with as many processes as there are
# processors. It is given back what was built before instead.
saved="$copy.built"
rm -rf "$saved" "$saved.path" && mkdir -p "$saved" "$saved.path"
(cd "$copy" && find . -type d \( -name bin -o -name obj \) -prune -print0 | xargs -0 cp -a --parents -t "$saved")
cat > "$saved.path/dotnet" <<EOF
#!/usr/bin/env bash
if [ "\$1" = build ]; then cp -a "$saved/." "$copy/"; exit 0; fi
exec "$(command -v dotnet)" "\$@"
EOF
chmod +x "$saved.path/dotnet"

if [ $# -eq 0 ]; then
    set -- $(cd "$here" && ls *.json | sed 's/\.json$//')
fi
for area in "$@"; do
    echo "== $area"
    (cd "$copy/Arena.Tests" && PATH="$saved.path:$PATH" nice -n 19 "$tool/dotnet-stryker" \
        -f "$here/$area.json" -O "$out/$area" --log-to-file) || echo "$area did not end"
done
