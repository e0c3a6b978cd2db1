// Reads the rules of nft (`nft -j list ruleset`) and iptables (`iptables-save`), and says which one keeps a port from
// phones. A rule is followed as a packet would: in order, through jumps. What depends on more than protocol and port is
// read in favour of the phone: a rule for some senders or states alone blocks nobody, and one that lets an interface or a
// network in may be the phones'.

/** Who wants to come in. */
export interface IncomingPort {
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
}

type Condition =
  /** Protocol and port alone. */
  | 'plain'
  /** An interface or a network, too. */
  | 'some'
  /** Anything else: a state, a rate, loopback. */
  | 'other';

/** One rule of a chain. */
export interface FirewallRule {
  readonly condition: Condition;
  /** `undefined`: both. */
  readonly transport: IncomingPort['transport'] | undefined;
  /** First and last; empty: all. */
  readonly ports: readonly (readonly [first: number, last: number])[];
  readonly verdict: 'accept' | 'block' | 'jump' | 'return';
  /** The chain that a jump leads to. */
  readonly target: string;
  /** As people find it again. */
  readonly text: string;
}

/** A chain; `policy` where packets enter it. */
export interface FirewallChain {
  readonly rules: FirewallRule[];
  /** For incoming packets, and what befalls those that no rule decides on. */
  policy: 'accept' | 'block' | undefined;
  readonly text: string;
}

/** The chains by name. */
export type FirewallChains = ReadonlyMap<string, FirewallChain>;

const DEEPEST = 8;

/** The rule or policy that keeps a port shut, as people find it; `undefined`: it is open. */
export const blockingRule = (chains: FirewallChains, wanted: IncomingPort): string | undefined => {
  for (const chain of chains.values()) {
    if (chain.policy === undefined) continue;
    const decision = decide(chains, chain, wanted, DEEPEST);
    if (decision === 'accept' || decision === 'return') continue;
    if (decision !== undefined) return decision.text;
    if (chain.policy === 'block') return chain.text;
  }
  return undefined;
};

type Decision = 'accept' | 'return' | FirewallRule | undefined;

const decide = (chains: FirewallChains, { rules }: FirewallChain, wanted: IncomingPort, depth: number): Decision => {
  for (const rule of rules) {
    if (!isHit(rule, wanted) || rule.condition === 'other') continue;
    if (rule.verdict === 'block') {
      if (rule.condition === 'plain') return rule;
    } else if (rule.verdict === 'jump') {
      const target = chains.get(rule.target);
      const decision = target === undefined || depth === 0 ? undefined : decide(chains, target, wanted, depth - 1);
      if (decision === 'accept' || typeof decision === 'object') return decision;
    } else if (rule.condition === 'plain' || rule.verdict === 'accept') return rule.verdict;
  }
  return undefined;
};

const isHit = ({ transport, ports }: FirewallRule, wanted: IncomingPort): boolean =>
  (transport === undefined || transport === wanted.transport) &&
  (ports.length === 0 || ports.some(([first, last]) => wanted.port >= first && wanted.port <= last));

const asTransport = (text: unknown): IncomingPort['transport'] | undefined =>
  text === 'tcp' || text === 'udp' ? text : undefined;

const LOOPBACK = /^(?:lo\b|127\.)/;

// ── nft ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface NftMatch {
  readonly op?: string;
  readonly left?: {
    readonly payload?: { readonly protocol?: string; readonly field?: string };
    readonly meta?: { readonly key?: string };
  };
  readonly right?: unknown;
}

interface NftObject {
  readonly chain?: NftName & { readonly name?: string; readonly hook?: string; readonly policy?: string };
  readonly rule?: NftName & { readonly chain?: string; readonly expr?: readonly Readonly<Record<string, unknown>>[] };
}
interface NftName {
  readonly family?: string;
  readonly table?: string;
}

/** Parts of a rule that say nothing about which packets it is for. */
const NFT_NEUTRAL: ReadonlySet<string> = new Set(['counter', 'log', 'comment', 'match']);
const NFT_VERDICTS: ReadonlyMap<string, FirewallRule['verdict']> = new Map([
  ['accept', 'accept'],
  ['drop', 'block'],
  ['reject', 'block'],
  ['jump', 'jump'],
  ['goto', 'jump'],
  ['return', 'return'],
]);

/** The chains of `nft -j list ruleset`; empty: it is no such text. */
export const nftChains = (json: string): FirewallChains => {
  const chains = new Map<string, FirewallChain>();
  for (const { chain, rule } of nftObjects(json)) {
    if (chain !== undefined) {
      const incoming = chain.hook === 'input';
      chains.set(nameOf(chain, chain.name), {
        rules: [],
        policy: incoming ? (chain.policy === 'drop' ? 'block' : 'accept') : undefined,
        text: `nft chain ${nameOf(chain, chain.name)}: policy drop`,
      });
    } else if (rule !== undefined) {
      const read = nftRule(rule);
      if (read !== undefined) chains.get(nameOf(rule, rule.chain))?.rules.push(read);
    }
  }
  return chains;
};

const nftObjects = (json: string): readonly NftObject[] => {
  try {
    const { nftables } = JSON.parse(json) as { readonly nftables?: unknown };
    return Array.isArray(nftables) ? (nftables as readonly NftObject[]) : [];
  } catch {
    return [];
  }
};

const nameOf = ({ family = '', table = '' }: NftName, chain = ''): string => `${family} ${table} ${chain}`;

const nftRule = (rule: NonNullable<NftObject['rule']>): FirewallRule | undefined => {
  const { expr = [] } = rule;
  const found = expr.flatMap((part) =>
    Object.keys(part).flatMap((key) => {
      const verdict = NFT_VERDICTS.get(key);
      return verdict === undefined ? [] : [{ verdict, value: part[key] }];
    }),
  )[0];
  if (found === undefined) return undefined;
  const matches = expr.flatMap((part) => ('match' in part ? [part.match as NftMatch] : []));
  const isKnown = expr.every((part) => Object.keys(part).every((key) => NFT_NEUTRAL.has(key) || NFT_VERDICTS.has(key)));
  const kinds = matches.map(kindOf);
  const onPort = matches.find(({ left }) => left?.payload?.field === 'dport');
  const byMeta = matches.find(({ left }) => left?.meta?.key === 'l4proto');
  const transport = asTransport(onPort?.left?.payload?.protocol) ?? asTransport(byMeta?.right);
  const ports = onPort === undefined ? [] : portsOf(onPort.right);
  const words = [
    transport ?? '',
    ports.map((range) => [...new Set(range)].join('-')).join(','),
    found.verdict === 'block' ? 'drop' : found.verdict,
  ];
  return {
    condition: !isKnown || kinds.includes('other') ? 'other' : kinds.includes('some') ? 'some' : 'plain',
    transport,
    ports,
    verdict: found.verdict,
    target: nameOf(rule, (found.value as { readonly target?: string } | null)?.target),
    text: `nft chain ${nameOf(rule, rule.chain)}: ${words.filter((word) => word !== '').join(' ')}`,
  };
};

const kindOf = ({ op, left, right }: NftMatch): Condition => {
  if (op === '!=') return 'other';
  const { field } = left?.payload ?? {};
  const { key } = left?.meta ?? {};
  if (field === 'dport' || key === 'l4proto') return 'plain';
  if ((field === 'saddr' || key === 'iifname' || key === 'iif') && !LOOPBACK.test(String(right))) return 'some';
  return 'other';
};

const portsOf = (right: unknown): FirewallRule['ports'] => {
  if (typeof right === 'number') return [[right, right]];
  if (typeof right !== 'object' || right === null) return [];
  const { range, set } = right as { readonly range?: readonly number[]; readonly set?: readonly unknown[] };
  if (Array.isArray(set)) return set.flatMap((one) => portsOf(one));
  const [first, last] = range ?? [];
  return first === undefined || last === undefined ? [] : [[first, last]];
};

// ── iptables ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The options that a rule may have and still be for protocol and port alone. */
const PLAIN_OPTIONS: ReadonlySet<string> = new Set(['-p', '-m', '--dport', '--dports', '--comment', '--reject-with']);
const PLAIN_MODULES: ReadonlySet<string> = new Set(['tcp', 'udp', 'multiport', 'comment']);

const IPTABLES_VERDICTS: ReadonlyMap<string, FirewallRule['verdict']> = new Map([
  ['ACCEPT', 'accept'],
  ['DROP', 'block'],
  ['REJECT', 'block'],
  ['RETURN', 'return'],
]);

/** The chains of the table `filter` in `iptables-save`. */
export const iptablesChains = (saved: string): FirewallChains => {
  const chains = new Map<string, FirewallChain>();
  const filter = /^\*filter\n([\s\S]*?)^COMMIT$/m.exec(saved)?.[1] ?? '';
  for (const line of filter.split('\n')) {
    const [, name, policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined)
      chains.set(name, {
        rules: [],
        policy: name === 'INPUT' ? (policy === 'DROP' ? 'block' : 'accept') : undefined,
        text: `iptables: policy of ${name} is DROP`,
      });
    const [, chain = '', rest = ''] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    const rule = iptablesRule(rest, line);
    if (rule !== undefined) chains.get(chain)?.rules.push(rule);
  }
  return chains;
};

const iptablesRule = (rest: string, line: string): FirewallRule | undefined => {
  const [, target] = /(?:^|\s)-[jg] (\S+)/.exec(rest) ?? [];
  if (target === undefined) return undefined;
  const words: readonly string[] = rest.match(/"(?:\\.|[^"])*"|\S+/g) ?? [];
  let condition: Condition = words.includes('!') ? 'other' : 'plain';
  let transport: IncomingPort['transport'] | undefined;
  let ports: FirewallRule['ports'] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [option = '', value = ''] = [words[at], words[at + 1]];
    if (option === '-j' || option === '-g') break;
    if (option === '-p') transport = asTransport(value);
    if (option === '-p' && transport === undefined) condition = 'other'; // ICMP and such
    if (option.startsWith('--dport')) ports = value.split(',').map(rangeOf);
    if (option === '-m' && !PLAIN_MODULES.has(value)) condition = 'other';
    else if ((option === '-i' || option === '-s') && !LOOPBACK.test(value))
      condition = condition === 'plain' ? 'some' : condition;
    else if (!PLAIN_OPTIONS.has(option)) condition = 'other';
  }
  return {
    condition,
    transport,
    ports,
    verdict: IPTABLES_VERDICTS.get(target) ?? 'jump',
    target,
    text: `iptables: ${line}`,
  };
};

const rangeOf = (written: string): readonly [number, number] => {
  const [first = '0', last = first] = written.split(':');
  return [Number(first), Number(last)];
};
