#!/bin/bash
# What takes hours to go wrong, each chosen by SOAK_SEED (default: now): SOAK_RELOADS reloads, one a second (default 1000),
# SOAK_KILLS kills at random moments (default 200), SOAK_ROUNDS misfortunes in a row for each pair of directors (default 200).
# Names of parts (reloads, kills, misfortunes) as arguments choose among them.
set -euo pipefail
cd "$(dirname "$0")/.."
export SOAK_RELOADS=${SOAK_RELOADS:-1000}
export SOAK_KILLS=${SOAK_KILLS:-200}
export SOAK_ROUNDS=${SOAK_ROUNDS:-200}
export SOAK_SEED=${SOAK_SEED:-$(date +%s)}
echo "SOAK_RELOADS=$SOAK_RELOADS SOAK_KILLS=$SOAK_KILLS SOAK_ROUNDS=$SOAK_ROUNDS SOAK_SEED=$SOAK_SEED"
parts=("$@")
if [ ${#parts[@]} -eq 0 ]; then parts=(reloads kills misfortunes); fi
failed=0
for part in "${parts[@]}"; do
  case $part in
  reloads) npx --no-install vitest run --project timed netns-tests/soak-reloads.test.ts || failed=1 ;;
  kills) npx --no-install vitest run --project timed netns-tests/soak-kills.test.ts || failed=1 ;;
  misfortunes) npx --no-install vitest run --project netns netns-tests/soak.test.ts || failed=1 ;;
  *) echo "$part is none of reloads, kills, misfortunes" >&2; exit 2 ;;
  esac
done
exit $failed
