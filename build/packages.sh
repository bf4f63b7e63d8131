#!/usr/bin/env bash
# What a newcomer does with the packages: packs them into a folder, makes a game from the template in a project of its
# own, runs it, and publishes it trimmed, with NativeAOT, and trimmed for Windows, where a warning is an error. The
# Windows program runs under Wine. Fails if any of that is not so. Takes about four minutes; needs the network once, for
# what publishing takes from NuGet.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
finish() {
  # Wine's server outlives its programs by seconds and still writes; this one is the prefix's own.
  if [[ -n ${WINEPREFIX:-} ]]; then
    server=$(command -v "$(dirname "$wine")/wineserver64" || command -v wineserver || true)
    [[ -z $server ]] || "$server" -k || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
export DOTNET_NOLOGO=1
# Templates and packages of this run stay in its folder.
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
home=$folder/home version=0.1.0-check

for project in Arena.Memory Arena.Templates; do
  dotnet pack "$project" --configuration Release -p:PackageVersion="$version" --output "$folder/feed" --verbosity quiet
done
DOTNET_CLI_HOME=$home dotnet new install "$folder/feed/Arena.Memory.Templates.$version.nupkg" > "$folder/new.txt"
DOTNET_CLI_HOME=$home dotnet new arena-game --output "$folder/Space" >> "$folder/new.txt"
cat > "$folder/Space/nuget.config" << END
<configuration>
  <packageSources><add key="feed" value="$folder/feed" /><add key="cache" value="$cache" /></packageSources>
</configuration>
END
export NUGET_PACKAGES=$folder/packages

check() {
  tee "$folder/played.txt" < /dev/stdin | tail -n 2
  grep -q '^100 ships, ' "$folder/played.txt" || { echo "Failed: the game does not play."; exit 1; }
}

dotnet run --project "$folder/Space" --configuration Release -- 90 | check

publish() { # name, options
  dotnet publish "$folder/Space" --configuration Release --self-contained -p:TreatWarningsAsErrors=true "${@:2}" \
    --output "$folder/$1" > "$folder/$1.log" 2>&1 || { cat "$folder/$1.log"; exit 1; }
  if grep -E 'warning|error' "$folder/$1.log"; then
    echo "Failed: publishing warns."
    exit 1
  fi
  echo "$1: $(du -sh "$folder/$1" | cut -f 1)"
}

publish trimmed --use-current-runtime -p:PublishTrimmed=true
"$folder/trimmed/Space" 90 | check

# Debian's package wine64 puts nothing on the path; newer packages have one program named wine.
wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null || command -v wine || true)
if [[ -z $wine ]]; then
  echo "Skipped: the Windows run needs Wine, which is not installed (Debian, Ubuntu: apt-get install wine64)."
else
  export WINEPREFIX=$folder/prefix WINEDEBUG=-all
  publish windows --runtime win-x64 -p:PublishTrimmed=true
  "$wine" wineboot --init > "$folder/wineboot.log" 2>&1 || { cat "$folder/wineboot.log"; exit 1; }
  timeout 300 "$wine" "$folder/windows/Space.exe" 90 | check
  echo "Windows under $("$wine" --version): passed."
fi

# Debian's packages of one version put no plain clang on the path.
clang=$(command -v clang || compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -V | tail -n 1 || true)
if [[ -z $clang ]]; then
  echo "Skipped: NativeAOT needs clang, which is not installed (Debian, Ubuntu: apt-get install clang zlib1g-dev)."
else
  publish native --use-current-runtime -p:PublishAot=true -p:CppCompilerAndLinker="${clang##*/}"
  "$folder/native/Space" 90 | check
fi
