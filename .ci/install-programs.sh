#!/usr/bin/env bash
# The independent programs that `npm run test:interop` runs the daemon against. Needs root and apt; quick when they are
# all there.
set -eu

wanted=(tshark prometheus systemd nats-server faketime sip-tester sipsak baresip-core linphone-cli kamailio udhcpc isc-dhcp-client isc-dhcp-server dhcpcd5 dnsmasq-base gnutls-bin openssl nftables iptables kea-admin kea-dhcp4-server tftp-hpa atftp busybox curl iproute2 procps)
missing=()
wanted+=(chromium fonts-dejavu-core) # for the page
wanted+=(python3-zeep)               # for the management interface, as are these packages, which are no part of labcm
clients=${LABCM_CLIENTS:-/opt/labcm-clients}
packages=(cisco-axl@1.2.5 cisco-perfmon@1.5.3 cisco-risport@3.0.3 cucm-ris@0.1.7 node-risport70@0.0.3)
absent=()
for package in "${packages[@]}"; do
  [ -d "$clients/node_modules/${package%@*}" ] || absent+=("$package")
done
if [ ${#absent[@]} -gt 0 ]; then
  mkdir -p "$clients"
  # Node has certificates of its own; a registry may be behind one that only the system knows.
  system=/etc/ssl/certs/ca-certificates.crt
  [ ! -f "$system" ] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$system}
  timeout 300 npm install --prefix "$clients" --no-audit --no-fund --ignore-scripts --silent "${packages[@]}"
fi
# node-risport70 reads XML by an addon, which is built with the headers of this Node: what the package holds is of another.
if ! node -e 'require(process.argv[1])' "$clients/node_modules/node-expat" 2> /dev/null; then
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  headers=()
  [ ! -d "$prefix/include/node" ] || headers=(--nodedir="$prefix")
  (cd "$clients" && timeout 300 npm rebuild --silent "${headers[@]}" node-expat)
fi
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
