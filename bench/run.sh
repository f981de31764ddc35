#!/bin/bash
# The benches, regentd beside keepalived in one run: bench/run.sh [--short] [--record] [NAME...]
# NAMEs are of takeover, isolation, memory, load, vrrp-scale, kill; all of them when none is given. Results go to standard output as
# Markdown, and with --record to doc/bench.md. Needs root (network namespaces) and a build.
set -euo pipefail
cd "$(dirname "$0")/.."

short=()
record=
names=()
for word in "$@"; do
  case $word in
  --short) short=(--short) ;;
  --record) record=1 ;;
  *) names+=("$word") ;;
  esac
done
if [ ${#names[@]} -eq 0 ]; then names=(takeover isolation memory load vrrp-scale kill); fi

# The benches are TypeScript as the tests are; vite, which runs the tests, runs them too.
bench() {
  node --input-type=module -e 'import { runnerImport } from "vite"; await runnerImport(process.argv[1], { configFile: false, logLevel: "error" });' -- "$PWD/bench/$1.ts" "${short[@]}"
}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for name in "${names[@]}"; do bench "$name" | tee -a "$results"; done
# What was measured now takes the place of the sections with the same titles; all else in the file stays, old dates included.
if [ -n "$record" ]; then
  merged=$(awk '
    FNR == 1 { title = "" }
    /^## / { title = $0 }
    FNR == NR && title == "" { next }
    FNR == NR { fresh[title] = fresh[title] $0 "\n"; next }
    !(title in fresh) { print; next }
    /^## / { printf "%s", fresh[title]; written[title] = 1 }
    END { for (title in fresh) if (!(title in written)) printf "\n%s", fresh[title] }' "$results" doc/bench.md)
  echo "$merged" >doc/bench.md
fi
