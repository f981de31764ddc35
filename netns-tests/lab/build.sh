#!/bin/bash
# Compiles the programs that run inside the lab (Node 20 there reads JavaScript only) to build/lab; quick when nothing
# changed. One at a time: the demo and several tests may want it in the same moment.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build
exec flock build/.lab.lock node_modules/.bin/tsc -p netns-tests/lab/tsconfig.json
