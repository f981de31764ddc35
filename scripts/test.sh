#!/bin/bash
# Every lane of `make test`, and one closing line with the sum: "N passed, N failed".
# A lane that ends badly without naming a failed test (types, lint, a crash) counts as one failure.
set -uo pipefail
cd "$(dirname "$0")/.."

# The namespaces and the user-mode Linux lab need root; a test that was not run must not look like one that passed.
if [ "$(id -u)" -ne 0 ]; then
  echo "make test needs root: it makes network namespaces of its own." >&2
  echo "0 passed, 1 failed"
  exit 1
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# lane NAME COMMAND...: runs it with its output in a file, and writes its status beside it.
lane() {
  local name=$1
  shift
  local start=$SECONDS
  "$@" >"$results/$name.log" 2>&1 </dev/null
  echo $? >"$results/$name.status"
  echo "--- $name: $((SECONDS - start)) s, status $(cat "$results/$name.status")"
}

# tests NAME PROJECT ARGUMENTS...: a lane of vitest whose counts are read from its JSON report.
tests() {
  local name=$1 project=$2
  shift 2
  lane "$name" npx --no-install vitest run --project "$project" --reporter=default --reporter=json --outputFile.json="$results/$name.json" "$@"
}

# Types and lint burn both cores, the unit tests too; what waits for protocol timers comes last and has the cores to itself.
lane types npx --no-install tsc -p tsconfig.json --noEmit &
lane lint npm run --silent lint &
wait
tests unit unit
# Mostly waiting for three seconds of silence: six LANs at once; a start costs a second of a core.
tests netns netns --maxWorkers=3
tests timed timed

passed=0
failed=0
for name in types lint unit netns timed; do
  status=$(cat "$results/$name.status")
  laneFailed=0
  if [ -s "$results/$name.json" ]; then
    passed=$((passed + $(jq .numPassedTests "$results/$name.json")))
    laneFailed=$(jq .numFailedTests "$results/$name.json")
  elif [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
  fi
  if [ "$status" -ne 0 ] && [ "$laneFailed" -eq 0 ]; then laneFailed=1; fi
  failed=$((failed + laneFailed))
  if [ "$status" -ne 0 ]; then
    echo
    echo "=== $name failed"
    cat "$results/$name.log"
  fi
done

# Once more by name, at the end: of a long output the last lines are what is kept.
for name in unit netns timed; do
  [ ! -s "$results/$name.json" ] || jq -r '.testResults[] | (.name | split("/") | last) as $file
    | (if .status == "failed" and (.assertionResults | all(.status != "failed")) then "failed: \($file): \(.message | split("\n")[0])" else empty end),
      (.assertionResults[] | select(.status == "failed") | "failed: \($file): \(.fullName)\n        \(.failureMessages[0] // "" | split("\n")[0])")' "$results/$name.json"
done

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
