#!/usr/bin/env bash
# Publishes a small game and the sample with NativeAOT, without a warning, and runs both: the game's text is known, the
# sample leaks what it is asked to leak. Fails if any of that is not so. Takes about four minutes; needs the network
# once, for the compiler that the publishing takes from NuGet.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's packages of one version put no plain clang on the path.
clang=$(command -v clang || compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -V | tail -n 1 || true)
if [[ -z $clang ]]; then
  echo "Skipped: NativeAOT needs clang, which is not installed (Debian, Ubuntu: apt-get install clang zlib1g-dev)."
  exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DOTNET_NOLOGO=1

publish() {
  dotnet publish "$1" --configuration Release --use-current-runtime -p:PublishAot=true -p:TreatWarningsAsErrors=true \
    -p:CppCompilerAndLinker="${clang##*/}" -p:RunAnalyzers=false --artifacts-path "$folder/artifacts" \
    --output "$folder/$2" --verbosity quiet > "$folder/$2.log" 2>&1 || { cat "$folder/$2.log"; exit 1; }
  if grep -E 'warning|error' "$folder/$2.log"; then
    echo "Failed: publishing $1 warns."
    exit 1
  fi
  echo "$1: published without a warning"
}

publish build/NativeGame native-game
"$folder/native-game/NativeGame" "$folder/game.arena" > "$folder/game.txt"
diff build/NativeGame/expected.txt "$folder/game.txt" || { echo "Failed: the game says something else."; exit 1; }
echo "NativeGame says what it should"

publish samples/GameLoop sample
code=0
"$folder/sample/GameLoop" --backend arena --frames 300 --entities 2000 --leak 0.05 > "$folder/sample.txt" || code=$?
if [[ $code -ne 3 ]]; then
  cat "$folder/sample.txt"
  echo "Failed: the sample's exit code is $code, not 3 for leaks."
  exit 1
fi
grep -m 1 'ArenaWorld' "$folder/sample.txt"
