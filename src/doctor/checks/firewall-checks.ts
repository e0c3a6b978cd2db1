// Whether rules of this machine keep phones from its ports. A lab on loopback has none to fear.

import type { Host } from '../../net/host/host.js';
import { bad, type DoctorCheck, type DoctorFinding, skipped, some, warning } from '../check.js';
import { blockingRule, type FirewallChains, iptablesChains, nftChains } from '../firewall-rules.js';
import type { DoctorView } from '../view.js';
import { type WantedListener, wantedListeners } from '../wanted-listeners.js';

/** What phones reach from outside. */
const reachedFromOutside = ({ host, located }: DoctorView): readonly WantedListener[] =>
  wantedListeners(host, located.config).filter(
    ({ address, path }) =>
      !address.startsWith('127.') &&
      path[1] !== 'api' &&
      (address !== '0.0.0.0' || host.addresses().some(({ loopback }) => !loopback)),
  );

/** The chains of both programs; `undefined`: this user may not read them. */
const chainsOf = async (host: Host): Promise<readonly FirewallChains[] | undefined> => {
  const [nft, iptables] = await Promise.all([
    host.run('nft', ['-j', 'list', 'ruleset']),
    host.run('iptables-save', []),
  ]);
  if ((nft !== undefined && nft.code !== 0) || (iptables !== undefined && iptables.code !== 0)) return undefined;
  // iptables of today writes into the tables of nft, so what it says is looked at first: its words are the owner's.
  return [iptablesChains(iptables?.out ?? ''), nftChains(nft?.out ?? '')];
};

const rules: DoctorCheck = {
  group: 'firewall',
  name: 'rules',
  looksAt: 'nft and iptables rules on what comes in, against the ports of the configuration',
  finds: {
    'firewall.port-dropped': 'the rule that lets it through, which the finding has',
    'firewall.not-readable': 'once as root, or `sudo nft list ruleset`',
  },
  run: async (view) => {
    const listeners = reachedFromOutside(view);
    if (listeners.length === 0) return [];
    const chains = await chainsOf(view.host);
    if (chains === undefined)
      return [
        skipped(
          'firewall.not-readable',
          'not permitted to read the rules: run once as root, or  sudo nft list ruleset',
        ),
      ];
    return listeners.flatMap((listener): readonly DoctorFinding[] => {
      const { transport, port } = listener;
      const rule = chains.flatMap((one) => blockingRule(one, listener) ?? [])[0];
      return rule === undefined
        ? []
        : [
            bad('firewall.port-dropped', `${transport.toUpperCase()} ${port} does not come in: ${rule}`, {
              wanted: 'a rule that lets phones in',
              fix: [
                rule.startsWith('nft')
                  ? `nft insert rule ${/^nft chain (.*?):/.exec(rule)?.[1] ?? 'inet filter input'} ${transport} dport ${port} accept`
                  : `iptables -I INPUT -p ${transport} --dport ${port} -j ACCEPT`,
              ],
              facts: { transport, port, rule },
            }),
          ];
    });
  },
};

const HTTP_PORT = 6970;

const droppedHttp: DoctorCheck = {
  group: 'firewall',
  name: 'http-first',
  looksAt: 'TCP 6970: newer phones ask there first, and wait where nothing refuses them',
  finds: { 'files.http-dropped': '`http.provisioning.enabled: true`, or reject TCP 6970 instead of dropping it' },
  run: async ({ host, located }) => {
    const { self } = located.config;
    const isOurs = self.address.startsWith('127.') || host.addresses().some(({ address }) => address === self.address);
    if (!isOurs || (await host.connect({ address: self.address, port: HTTP_PORT })) !== 'silent') return [];
    return [
      warning(
        'files.http-dropped',
        `TCP ${HTTP_PORT} of ${self.address} neither answers nor refuses: phones wait there before every file`,
        {
          wanted: 'an answer, or a refusal',
          fix: [
            'http: { provisioning: { enabled: true } }',
            `nft add rule inet filter input tcp dport ${HTTP_PORT} reject with tcp reset`,
          ],
          facts: { address: self.address, port: HTTP_PORT },
        },
      ),
    ];
  },
};

const HELPERS = /^(nf_(?:conntrack|nat)_(?:sip|tftp))\b/gm;

const helpers: DoctorCheck = {
  group: 'firewall',
  name: 'helpers',
  looksAt: 'connection tracking helpers that rewrite SIP and TFTP',
  finds: { 'firewall.helper': '`modprobe -r` of it, or no helper for these ports' },
  run: async (view) => {
    if (reachedFromOutside(view).length === 0) return [];
    const found = [...((await view.host.text('/proc/modules')) ?? '').matchAll(HELPERS)].map(([, name = '']) => name);
    return found.length === 0
      ? []
      : [
          warning('firewall.helper', `${found.join(', ')}: this machine may rewrite addresses in messages of phones`, {
            wanted: 'messages as phones send them',
            fix: [`modprobe -r ${found.join(' ')}`],
            facts: { modules: found },
          }),
        ];
  },
};

const bans: DoctorCheck = {
  group: 'firewall',
  name: 'bans',
  looksAt: 'the addresses that fail2ban has shut out',
  finds: { 'connect.banned': '`fail2ban-client unban`, and the network of the phones in `ignoreip`' },
  run: async (view) => {
    if (reachedFromOutside(view).length === 0) return [];
    const status = await view.host.run('fail2ban-client', ['banned']);
    const banned = [...(status?.out ?? '').matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g)].map(([address]) => address);
    return status === undefined || status.code !== 0 || banned.length === 0
      ? []
      : [
          warning('connect.banned', `fail2ban shuts out ${some(banned)}`, {
            wanted: 'phones that may try again',
            fix: [`fail2ban-client unban ${banned[0]}`, "their network in fail2ban's ignoreip"],
            facts: { banned },
          }),
        ];
  },
};

/** The group `firewall`. */
export const FIREWALL_CHECKS: readonly DoctorCheck[] = [rules, droppedHttp, helpers, bans];
