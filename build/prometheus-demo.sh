#!/usr/bin/env bash
# A real Prometheus scrapes two running games, one of which leaks. Passes if the shipped alert fires for that one and
# not for the other. The rules are those of docs/prometheus/arena.rules.yml with every time divided by 720, so that a
# day takes two minutes: the sed below shows what that changes. Takes about four minutes.
set -euo pipefail
set -m
cd "$(dirname "$0")/.."

if ! command -v prometheus > /dev/null || ! command -v promtool > /dev/null; then
  echo "Skipped: the demonstration needs Prometheus, which is not installed (Debian, Ubuntu: apt-get install prometheus)."
  exit 0
fi

fine_port=19464 leaky_port=19465 prometheus_port=19466
patience_seconds=420
folder=$(mktemp -d)
processes=()
finish() {
  # A game has children; each background job is a process group of its own (set -m), and ends as a whole.
  for process in "${processes[@]}"; do
    kill -- "-$process" 2> /dev/null || true
  done
  wait 2> /dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

# 1 h becomes 5 s, 12 h 1 min, 1 d 2 min, 7 d 14 min, 6 h 30 s. What would be less than a second is a second.
sed -e 's/\[1h\]/[5s]/g; s/\[12h\]/[1m]/g; s/offset 12h/offset 1m/g; s/\[1d\]/[2m]/g; s/7 \* 86400/14 * 60/g' \
  -e 's/for: 6h/for: 30s/; s/for: 15m/for: 1s/; s/interval: [15]m/interval: 1s/' \
  docs/prometheus/arena.rules.yml > "$folder/arena.rules.yml"
{ diff docs/prometheus/arena.rules.yml "$folder/arena.rules.yml" || true; } | grep '^>' | sed 's/^>/  changed:/'
cat > "$folder/prometheus.yml" << END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [arena.rules.yml]
scrape_configs:
  - job_name: game
    static_configs: [{ targets: ['localhost:$fine_port', 'localhost:$leaky_port'] }]
END
promtool check config "$folder/prometheus.yml" > "$folder/check.log" || { cat "$folder/check.log"; exit 1; }

dotnet build -c Release samples/GameLoop --verbosity quiet
play() {
  local port=$1
  shift
  dotnet run -c Release --no-build --project samples/GameLoop -- --backend arena --entities 5000 --frames 5000000 \
    --metrics "$port" "$@" > "$folder/game-$port.log" 2>&1 &
  processes+=($!)
}
play $fine_port
play $leaky_port --leak 0.002
prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
  --web.listen-address="127.0.0.1:$prometheus_port" > "$folder/prometheus.log" 2>&1 &
processes+=($!)

ask() { promtool query instant "http://127.0.0.1:$prometheus_port" "$1" 2> /dev/null || true; }
fires() { ask "ALERTS{alertname='ArenaMemoryLeak',alertstate='firing',instance='localhost:$1'}"; }
show() {
  ask "arena:memory_usage_bytes:floor1h" | sed -E 's/.*instance="([^"]*)".* => ([0-9]+).*/  \1 floor \2 bytes/'
  ask "predict_linear(arena:memory_usage_bytes:floor1h[2m], 14 * 60)" \
    | sed -E 's/.*instance="([^"]*)".* => (-?[0-9.e+]+).*/  \1 predicted \2 bytes/'
  ask "arena_memory_limit_bytes" | sed -E 's/.*instance="([^"]*)".* => ([0-9]+).*/  \1 limit \2 bytes/'
}
while [[ -z $(fires $leaky_port) ]]; do
  for process in "${processes[@]}"; do
    kill -0 "$process" || { echo "A process ended early."; tail -n 5 "$folder"/*.log; exit 1; }
  done
  if ((SECONDS > patience_seconds)); then
    echo "Failed: no alert for the leaking game within $patience_seconds s."
    show
    tail -n 3 "$folder"/*.log
    exit 1
  fi
  sleep 5
done
echo "After $SECONDS s the alert fires for the leaking game:"
fires $leaky_port | sed 's/^/  /'
show

# The other one gets as long again to prove that it stays quiet.
for ((i = 0; i < 12; i++)); do
  sleep 5
  if [[ -n $(fires $fine_port) ]]; then
    echo "Failed: the alert fires for the game that does not leak."
    show
    exit 1
  fi
done
[[ -n $(ask "arena:memory_usage_bytes:floor1h{instance='localhost:$fine_port'}") ]] \
  || { echo "Failed: the game that does not leak is not scraped."; exit 1; }
echo "After $SECONDS s it is still quiet for the other one: passed."
