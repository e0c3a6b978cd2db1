#!/usr/bin/env bash
# The independent programs that `npm run test:interop` runs the daemon against. Needs root and apt; quick when they are
# all there.
set -eu

wanted=(tshark prometheus systemd sip-tester sipsak baresip-core linphone-cli kamailio udhcpc isc-dhcp-client isc-dhcp-server dhcpcd5 dnsmasq-base nftables iptables kea-admin kea-dhcp4-server tftp-hpa atftp busybox curl iproute2 procps)
missing=()
wanted+=(chromium fonts-dejavu-core) # for the page
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
