#!/usr/bin/env bash
# Runs the Windows code of Arena without a Windows machine: the contract with the operating system (OsSelfCheck) and
# the sample game loop, published for win-x64 and run under Wine. Fails if either fails. Needs the network once, for
# the Windows runtime that the publishing takes from NuGet.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's package wine64 puts nothing on the path; newer packages have one program named wine.
wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null || command -v wine || true)
if [[ -z $wine ]]; then
  echo "Skipped: the Windows run needs Wine, which is not installed (Debian, Ubuntu: apt-get install wine64)."
  exit 0
fi

folder=$(mktemp -d)
export WINEPREFIX=$folder/prefix WINEDEBUG=-all DOTNET_NOLOGO=1
finish() {
  # Wine's server outlives its programs by seconds and still writes; this one is the prefix's own.
  local server
  server=$(command -v "$(dirname "$wine")/wineserver64" || command -v wineserver || true)
  [[ -z $server ]] || "$server" -k || true
  rm -rf "$folder"
}
trap finish EXIT

publish() {
  dotnet publish "$1" --configuration Release --runtime win-x64 --self-contained \
    --artifacts-path "$folder/artifacts" --output "$folder/$2" --verbosity quiet -p:RunAnalyzers=false
}
publish build/OsSelfCheck check
publish samples/GameLoop game
"$wine" wineboot --init > "$folder/wineboot.log" 2>&1 || { cat "$folder/wineboot.log"; exit 1; }

run() {
  local seconds=$1
  shift
  echo "> ${*##*/}"
  timeout "$seconds" "$wine" "$@" || { echo "Failed with exit code $? under $("$wine" --version)."; exit 1; }
}
run 300 "$folder/check/OsSelfCheck.exe"
run 300 "$folder/game/GameLoop.exe" --frames 60 --entities 2000 --backend arena
echo "Windows under $("$wine" --version): passed."
