#!/bin/bash
# Installs the Debian packages that building, testing and the demo need, those that are missing only, and starts none
# of their services: a policy-rc.d that answers 101 ("not allowed") stands while installing, and afterwards exactly
# what stood there before stands again.
set -euo pipefail

packages=(
  bird2 ca-certificates conntrack curl g++ gcc iproute2 iptables iputils-ping ipvsadm jq keepalived kmod libc6-dev libpcap-dev
  make nftables procps python3 tcpdump user-mode-linux util-linux
)

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

command -v dpkg-query >/dev/null || {
  echo "This script knows Debian's packages only. Install what corresponds to: ${packages[*]}" >&2
  exit 1
}

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" -ne 0 ]; then
  echo "These Debian packages are missing: ${missing[*]}" >&2
  echo "Run this as root, or install them yourself: apt-get install ${missing[*]}" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
saved=$(mktemp -d)
restore() {
  rm -f "$policy"
  # cp -a keeps owner, mode, times, and a link that was there as a link.
  if [ -e "$saved/policy-rc.d" ] || [ -L "$saved/policy-rc.d" ]; then cp -a "$saved/policy-rc.d" "$policy"; fi
  rm -rf "$saved"
}
if [ -e "$policy" ] || [ -L "$policy" ]; then cp -a "$policy" "$saved/policy-rc.d"; fi
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -f "$policy"
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

echo "Installing Debian packages (their services are not started): ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
