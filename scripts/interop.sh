#!/bin/bash
# The netns tests with every pair of directors, keepalived with itself included, and all rows of the matrix, INTEROP_ROUNDS times.
set -euo pipefail
export INTEROP=all
cd "$(dirname "$0")/.."
for round in $(seq "${INTEROP_ROUNDS:-3}"); do
  echo "--- round $round"
  DIRECTORS=keepalived npx --no-install vitest run --project netns --maxWorkers=3
  npx --no-install vitest run --project netns --maxWorkers=3
done
