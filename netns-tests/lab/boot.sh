#!/bin/bash
# Boots user-mode Linux (an ordinary program that is a whole kernel with IPVS) on this machine's own files and runs one
# command in it as root. Needs no KVM and no module of this machine's kernel; packages user-mode-linux and kmod.
#
#   boot.sh [-m MEMORY] [-t SECONDS] [-s SCRATCH] COMMAND [ARGUMENT...]
#
# Inside: the machine's files at their own paths, read-only; /tmp and /run are fresh; one CPU; no network but what the
# command makes. $LAB_SCRATCH is writable and is the folder SCRATCH outside (a new one, removed at the end, when not given).
# Standard output and error of the command appear while it runs. Exit status: the command's; 124 when SECONDS were over;
# 125 when the kernel did not get as far as the command, with the console's last lines.
set -u
memory=1G seconds=300 scratch=
while getopts m:t:s: option; do
  case $option in
    m) memory=$OPTARG ;;
    t) seconds=$OPTARG ;;
    s) scratch=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || { sed -n '5p' "$0" >&2; exit 2; }
command -v linux.uml >/dev/null || { echo "boot.sh: linux.uml is missing: apt-get install user-mode-linux" >&2; exit 125; }

owned=
if [ -z "$scratch" ]; then
  scratch=$(mktemp -d /var/tmp/regent-lab.XXXXXX)
  owned=$scratch
fi
scratch=$(readlink -f "$scratch")
export REGENT_LAB=$scratch # tells whose its processes are when this script was killed and could not end them
kernel=
alarm=
end_kernel() {
  kill -KILL -- "-$kernel" 2>/dev/null
  wait "$kernel" 2>/dev/null
}
# A signal ends the kernel too: it would go on as an orphan.
finish() {
  if [ -n "$kernel" ]; then end_kernel; fi
  if [ -n "$alarm" ]; then kill "$alarm" 2>/dev/null; fi
  if [ -n "$owned" ]; then rm -rf "$owned"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The checkout may lie below /tmp or /run, which are fresh inside: it is then mounted again at its place.
checkout=$(readlink -f "$(dirname "$0")/../..")
printf '%q ' "$@" >"$scratch/command"
: >"$scratch/out"
rm -f "$scratch/status"
cat >"$scratch/init" <<INIT
#!/bin/bash
export PATH=$(printf %q "$PATH"):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TZ=UTC LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o size=75% tmpfs /tmp
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /run/lab /run/modules/lib/modules
mount -t hostfs none /run/lab -o $(printf %q "$scratch")
export LAB_SCRATCH=/run/lab
case $(printf %q "$checkout") in
  /tmp/* | /run/*)
    mkdir -p $(printf %q "$checkout")
    mount -t hostfs -o ro,$(printf %q "$checkout") none $(printf %q "$checkout")
    ;;
esac
# The root is read-only and may have no /lib/modules: modprobe is told another place, by us and by the kernel.
ln -s /usr/lib/uml/modules/\$(uname -r) /run/modules/lib/modules/
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/modules "\$@"\n' >/run/modprobe
chmod 755 /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
/run/modprobe -aq ip_vs veth bridge dummy nf_conntrack iptable_nat
ip link set lo up
cd $(printf %q "$checkout")
. /run/lab/command >/run/lab/out 2>&1 </dev/null
echo \$? >/run/lab/status
sync
poweroff -f
INIT
chmod 755 "$scratch/init"

# The kernel's memory is an unlinked file, in /dev/shm unless told otherwise; a container's is often too small for it.
need=$(numfmt --from=iec "$memory")
free=$(df --output=avail -B1 /dev/shm 2>/dev/null | tail -1)
if [ "${free:-0}" -lt "$need" ]; then export TMPDIR=$scratch; else unset TMPDIR; fi

# A session of its own, so that the terminal's ^C reaches this script first; its processes are one group.
setsid linux.uml rootfstype=hostfs rootflags=/ ro "mem=$memory" init="$scratch/init" con=null con0=null,fd:1 quiet \
  </dev/null >"$scratch/console" 2>&1 &
kernel=$!
tail -n +1 -s 0.1 -f --pid="$kernel" "$scratch/out" 2>/dev/null &
reader=$!
sleep "$seconds" &
alarm=$!
wait -n "$kernel" "$alarm"
ended=$?
late=
if kill -0 "$kernel" 2>/dev/null; then
  late=yes
  end_kernel
fi
kernel=
wait "$reader"

if [ -s "$scratch/status" ]; then exit "$(cat "$scratch/status")"; fi
if [ -n "$late" ]; then
  echo "boot.sh: not finished after $seconds s" >&2
  exit 124
fi
echo "boot.sh: the kernel ended with status $ended before the command did; its console:" >&2
tail -15 "$scratch/console" >&2
exit 125
