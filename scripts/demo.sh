#!/bin/bash
# The demo: boots the lab and tells the story of a director pair.
#   demo.sh [1]               1 leaves it running at the end (make demo KEEP=1)
#   demo.sh exec MACHINE COMMAND [ARGUMENT...]
#                             looks around in a demo that was kept: one shell command line on one of its machines
#   demo.sh stop              ends it
# DIRECTOR=keepalived tells the same story with Debian's keepalived as both directors; the default is regentd.
set -euo pipefail
here=$(readlink -f "$(dirname "$0")/..")
cd "$here"
kept=build/demo.kept # a link to the scratch folder of the demo that was kept running

usage() {
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# ask REQUEST: hands the kept demo a request, prints its output, returns its status.
ask() {
  if [ ! -d "$kept/control" ]; then
    echo "No demo is running. Start one with: make demo KEEP=1" >&2
    exit 1
  fi
  local base
  base=$kept/control/$(date +%s%N)-$$
  printf '%s\n' "$1" >"$base.new"
  mv "$base.new" "$base.request"
  until [ -e "$base.status" ]; do
    if ! kill -0 "$(cat "$kept/pid")" 2>/dev/null; then
      echo "The demo has ended." >&2
      exit 1
    fi
    sleep 0.05
  done
  if [ -e "$base.output" ]; then cat "$base.output"; fi
  local status
  status=$(cat "$base.status")
  rm -f "$base".*
  return "$status"
}

# Waits for the kept demo's kernel to end and takes its folder away.
stop() {
  local scratch pid
  scratch=$(readlink -f "$kept")
  pid=$(cat "$scratch/pid")
  ask stop
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then kill -TERM "$pid"; fi
  rm -rf "$scratch" "$kept"
  echo "The demo is stopped."
}

case "${1:-}" in
  exec)
    [ $# -ge 3 ] || usage
    machine=$2
    shift 2
    ask "$machine"$'\n'"$*"
    exit
    ;;
  stop)
    [ -L "$kept" ] || { echo "No demo is running." >&2; exit 1; }
    stop
    exit
    ;;
  "" | 0) keep= ;;
  1 | yes | keep) keep=keep ;;
  *) usage ;;
esac

director=${DIRECTOR:-regentd}
case $director in
  regentd | keepalived) ;;
  *) echo "DIRECTOR is regentd or keepalived, not $director" >&2; exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  echo "The demo needs root: inside the lab everything runs as root, on this machine's own files." >&2
  exit 1
fi
if [ -L "$kept" ]; then
  if kill -0 "$(cat "$kept/pid" 2>/dev/null)" 2>/dev/null; then
    echo "A demo is still running: scripts/demo.sh stop" >&2
    exit 1
  fi
  rm -rf "$(readlink -f "$kept")" "$kept"
fi

mkdir -p build
netns-tests/lab/build.sh
scratch=$(mktemp -d /var/tmp/regent-demo.XXXXXX)
boot=(netns-tests/lab/boot.sh -m 1G -s "$scratch")

if [ -z "$keep" ]; then
  trap 'rm -rf "$scratch"' EXIT
  status=0
  "${boot[@]}" -t 119 node build/lab/lab/demo.js "$director" || status=$?
  exit "$status"
fi

# Kept: the lab runs on behind this script, for a day at the most; here its story is followed until it is told.
setsid "${boot[@]}" -t 86400 node build/lab/lab/demo.js "$director" keep </dev/null >"$scratch/story" 2>&1 &
pid=$!
echo "$pid" >"$scratch/pid"
ln -sfn "$scratch" "$kept"
trap 'kill -TERM "$pid" 2>/dev/null; rm -rf "$scratch" "$kept"; exit 130' INT TERM
tail -n +1 -s 0.1 -f --pid="$pid" "$scratch/story" &
reader=$!
until grep -q '^kept running$' "$scratch/story" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
kill "$reader" 2>/dev/null || true
trap - INT TERM
if ! kill -0 "$pid" 2>/dev/null; then
  status=0
  wait "$pid" || status=$?
  rm -rf "$scratch" "$kept"
  exit "$status"
fi
cat <<LOOK

It goes on running. Look around:
  scripts/demo.sh exec director-a ip -br addr
  scripts/demo.sh exec director-a ipvsadm -Ln
  scripts/demo.sh exec client 'curl -s --interface 192.0.2.190 http://192.0.2.100/'
  scripts/demo.sh exec wire 'timeout 5 tcpdump -ni outer proto 112'
  less $scratch/director-a.log            (and director-b.log)
Take a director's cables away and watch the other one, then give them back:
  scripts/demo.sh exec wire 'ip link set director-a-o down; ip link set director-a-i down'
  scripts/demo.sh exec wire 'ip link set director-a-o up; ip link set director-a-i up'
Machines: client, director-a, director-b, rs1, rs2, rs3, sorry, mail, wire.
End it:
  scripts/demo.sh stop
LOOK
