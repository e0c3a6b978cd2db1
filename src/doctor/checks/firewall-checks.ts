// Whether rules of this machine keep phones from its ports. A lab on loopback has none to fear.

import type { Host } from '../../net/host/host.js';
import { bad, type DoctorCheck, type DoctorFinding, skipped, some, warning } from '../check.js';
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

/** A rule or policy that drops or rejects what comes in. `ports`: empty: all. */
interface Blocking {
  readonly transport: 'tcp' | 'udp' | undefined;
  readonly ports: readonly (readonly [first: number, last: number])[];
  readonly verdict: string;
  /** As people find it again. */
  readonly text: string;
}

type Rules = { readonly accepted: readonly Blocking[]; readonly blocked: readonly Blocking[] };

const NONE: Rules = { accepted: [], blocked: [] };

interface NftMatch {
  readonly left?: { readonly payload?: { readonly protocol?: string; readonly field?: string } };
  readonly right?: unknown;
  readonly op?: string;
}
interface NftObject {
  readonly chain?: { readonly name?: string; readonly hook?: string; readonly policy?: string };
  readonly rule?: { readonly chain?: string; readonly expr?: readonly Readonly<Record<string, unknown>>[] };
}

const portsOf = (right: unknown): Blocking['ports'] => {
  if (typeof right === 'number') return [[right, right]];
  if (typeof right !== 'object' || right === null) return [];
  const { range, set } = right as { readonly range?: readonly number[]; readonly set?: readonly unknown[] };
  if (set !== undefined) return set.flatMap((one) => portsOf(one));
  const [first, last] = range ?? [];
  return first === undefined || last === undefined ? [] : [[first, last]];
};

/** The rules of `nft -j list ruleset` in chains on the input hook that look at nothing but protocol and port. */
const nftRules = (json: string): Rules => {
  let objects: readonly NftObject[];
  try {
    objects = (JSON.parse(json) as { readonly nftables?: readonly NftObject[] }).nftables ?? [];
  } catch {
    return NONE;
  }
  const chains = new Map(
    objects.flatMap(({ chain }) => (chain?.hook === 'input' && chain.name !== undefined ? [[chain.name, chain]] : [])),
  );
  const rules = objects.flatMap(({ rule }): readonly Blocking[] => {
    if (rule === undefined || !chains.has(rule.chain ?? '')) return [];
    const { expr = [] } = rule;
    const verdict = ['drop', 'reject', 'accept'].find((one) => expr.some((part) => one in part));
    const matches = expr.flatMap((part) => ('match' in part ? [part.match as NftMatch] : []));
    const about = matches.flatMap(({ left }) => left?.payload ?? []);
    const onPort = matches.find(({ left }) => left?.payload?.field === 'dport');
    // A rule about a source or a state is not about the port as such.
    const isPlain =
      matches.length === about.length && about.every(({ field }) => field === 'dport') && onPort?.op !== '!=';
    if (verdict === undefined || !isPlain) return [];
    const transport = onPort?.left?.payload?.protocol;
    const ports = onPort === undefined ? [] : portsOf(onPort.right);
    return [
      {
        transport: transport === 'tcp' || transport === 'udp' ? transport : undefined,
        ports,
        verdict,
        text: `nft chain ${rule.chain}: ${transport ?? 'all'} ${ports.map((range) => [...new Set(range)].join('-')).join(',')} ${verdict}`,
      },
    ];
  });
  const policies = [...chains.values()]
    .filter(({ policy }) => policy === 'drop')
    .map(
      ({ name }): Blocking => ({
        transport: undefined,
        ports: [],
        verdict: 'drop',
        text: `nft chain ${name}: policy drop`,
      }),
    );
  return {
    accepted: rules.filter(({ verdict }) => verdict === 'accept'),
    blocked: [...rules.filter(({ verdict }) => verdict !== 'accept'), ...policies],
  };
};

/** The rules of `iptables-save` in the chain INPUT that look at nothing but protocol and port. */
const iptablesRules = (saved: string): Rules => {
  const rules = saved.split('\n').flatMap((line): readonly Blocking[] => {
    if (/^:INPUT DROP\b/.test(line))
      return [{ transport: undefined, ports: [], verdict: 'DROP', text: 'iptables: policy of INPUT is DROP' }];
    const [, rest = '', verdict] = /^-A INPUT (.*?)-j (ACCEPT|DROP|REJECT)\b/.exec(line) ?? [];
    if (
      verdict === undefined ||
      /-(?:[sdio]|m (?!tcp|udp|multiport))\b|!/.test(rest.replace(/-m (?:tcp|udp|multiport)/g, ''))
    )
      return [];
    const [, transport] = /-p (tcp|udp)\b/.exec(rest) ?? [];
    const [, written = ''] = /--dports? ([\d:,]+)/.exec(rest) ?? [];
    const ports =
      written === ''
        ? []
        : written.split(',').map((one): [number, number] => {
            const [first = '0', last = first] = one.split(':');
            return [Number(first), Number(last)];
          });
    return [
      {
        transport: transport === 'tcp' || transport === 'udp' ? transport : undefined,
        ports,
        verdict,
        text: `iptables: ${line}`,
      },
    ];
  });
  return {
    accepted: rules.filter(({ verdict }) => verdict === 'ACCEPT'),
    blocked: rules.filter(({ verdict }) => verdict !== 'ACCEPT'),
  };
};

/** The rules; `undefined`: this user may not read them. */
const rulesOf = async (host: Host): Promise<Rules | undefined> => {
  const [nft, iptables] = await Promise.all([
    host.run('nft', ['-j', 'list', 'ruleset']),
    host.run('iptables-save', []),
  ]);
  if ((nft !== undefined && nft.code !== 0) || (iptables !== undefined && iptables.code !== 0)) return undefined;
  const [one, other] = [
    nft === undefined ? NONE : nftRules(nft.out),
    iptables === undefined ? NONE : iptablesRules(iptables.out),
  ];
  return { accepted: [...one.accepted, ...other.accepted], blocked: [...one.blocked, ...other.blocked] };
};

const hits = ({ transport, ports }: Blocking, listener: WantedListener): boolean =>
  (transport === undefined || transport === listener.transport) &&
  (ports.length === 0 || ports.some(([first, last]) => listener.port >= first && listener.port <= last));

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
    const found = await rulesOf(view.host);
    if (found === undefined)
      return [
        skipped(
          'firewall.not-readable',
          'not permitted to read the rules: run once as root, or  sudo nft list ruleset',
        ),
      ];
    return listeners.flatMap((listener): readonly DoctorFinding[] => {
      const { transport, port } = listener;
      // Let through by name, whatever a later rule says of all the rest.
      if (found.accepted.some((rule) => hits(rule, listener) && rule.ports.length > 0)) return [];
      const rule = found.blocked.find((one) => hits(one, listener));
      return rule === undefined
        ? []
        : [
            bad('firewall.port-dropped', `${transport.toUpperCase()} ${port} does not come in: ${rule.text}`, {
              wanted: 'a rule that lets phones in',
              fix: [
                rule.text.startsWith('nft')
                  ? `nft insert rule inet filter input ${transport} dport ${port} accept`
                  : `iptables -I INPUT -p ${transport} --dport ${port} -j ACCEPT`,
              ],
              facts: { transport, port, rule: rule.text },
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
