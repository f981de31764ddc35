#!/bin/bash
# Misfortunes without end: SOAK_ROUNDS in a row (default 200) for each pair of directors, chosen by SOAK_SEED (default: now).
set -euo pipefail
cd "$(dirname "$0")/.."
export SOAK_ROUNDS=${SOAK_ROUNDS:-200}
export SOAK_SEED=${SOAK_SEED:-$(date +%s)}
echo "SOAK_ROUNDS=$SOAK_ROUNDS SOAK_SEED=$SOAK_SEED"
exec npx --no-install vitest run --project netns netns-tests/soak.test.ts
