// The built daemon on a machine of its own, a network namespace, that makes faults on purpose; and a phone's place on the other end of
// a wire, from which programs that others wrote meet them.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/daemon.js';
import { ProgramProcess } from '../../support/program.js';
import { Namespaces } from './namespaces.js';

export const SERVER = '10.89.0.1';
/** The phone whose hardware address the other end has, and the one that registers with a password-less line over SIP. */
export const DESK = 'SEP020000008901';
export const SOFT = 'SEP000000005002';
export const SOFT_LINE = '5002';
const MAC = '02:00:00:00:89:01';
const VENDOR_CLASS = 'Cisco Systems, Inc. IP Phone CP-7962G';

/** What a program printed, and its exit code. */
export interface Printed {
  readonly code: number | null;
  readonly output: string;
}

interface Step {
  readonly type: string;
  readonly step: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export class FaultyLab {
  readonly spaces = new Namespaces();
  readonly folder = mkdtempSync(join(tmpdir(), 'labcm-faults-'));
  /** The files that TFTP and HTTP serve. */
  readonly root = join(this.folder, 'root');
  readonly phone: string;
  readonly #machine: string;
  #daemon: ProgramProcess | undefined;

  constructor() {
    this.#machine = this.spaces.make('machine');
    this.phone = this.spaces.make('phone');
    this.spaces.wire(
      { namespace: this.#machine, interface: 'eth0', address: `${SERVER}/24` },
      { namespace: this.phone, interface: 'eth0', mac: MAC },
    );
    mkdirSync(this.root);
  }

  async start(): Promise<void> {
    writeFileSync(
      join(this.folder, 'lab.yaml'),
      `nodes: [{ name: CM1, address: ${SERVER} }]
dhcp:
  enabled: true
  interface: eth0
  subnets: [{ subnet: 10.89.0.0/24, pools: [10.89.0.100-10.89.0.199], option150: [${SERVER}], leaseTime: 1h }]
tftp: { root: ${this.root} }
sccp: { tls: 2443 }
trace: { directory: logs, console: off }
state: { directory: state }
devices:
  - { name: ${DESK}, model: 7962, protocol: SCCP, lines: [{ dn: "5001" }] }
  - { name: ${SOFT}, model: Third-party SIP Device (Advanced), protocol: SIP, lines: [{ dn: "${SOFT_LINE}" }] }
`,
    );
    this.#daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], {
      directory: this.folder,
      under: ['ip', 'netns', 'exec', this.#machine],
    });
    await this.#daemon.waitForText(/^labcm is ready/m);
    // The phone has its address from here on; what clients are told later changes nothing about it.
    const { output } = await this.udhcpc('ip addr add $ip/24 dev $interface');
    expect(output).toContain('obtained');
  }

  async remove(): Promise<void> {
    await this.#daemon?.kill();
    await this.spaces.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  // ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #api<T>(method: string, path: string, body?: object): Promise<T> {
    const { output } = await this.spaces.run(
      this.#machine,
      ...['curl', '-sS', '-X', method, '-H', 'Content-Type: application/json'],
      ...(body === undefined ? [] : ['-d', JSON.stringify(body)]),
      `http://127.0.0.1:8088${path}`,
    );
    return JSON.parse(output) as T;
  }

  /** Adds a rule, and takes it away when `meets` is done. Resolves with what `meets` did. */
  async under<T>(rule: { readonly id: string; readonly where: string }, meets: () => Promise<T>): Promise<T> {
    expect(await this.#api('POST', '/api/faults', rule)).toMatchObject({ id: rule.id, state: 'on' });
    try {
      return await meets();
    } finally {
      await this.#api('DELETE', `/api/faults/${rule.id}`);
    }
  }

  /** Expects that trace and timeline say that labcm did it, by that rule, to that device; with these words, if any. */
  async expectTold(rule: string, device: string, words = ''): Promise<void> {
    const timeline = await this.#api<{ readonly steps: readonly Step[] }>('GET', `/api/devices/${device}/timeline`);
    const steps = timeline.steps.filter(({ type, facts }) => type === 'fault.injected' && facts.rule === rule);
    expect(steps, this.traced()).not.toEqual([]);
    for (const { step, text } of steps) {
      expect(step).toBe('injected');
      expect(text).toContain(`labcm itself did this, by rule ${rule}: `);
    }
    expect(steps.map(({ text }) => text).join('\n')).toContain(words);
    await eventually(() => expect(this.traced()).toMatch(new RegExp(`Injected fault: rule ${rule}: .*${device}`)));
  }

  /** The lines of the trace about injected faults. */
  traced(): string {
    const trace = readFileSync(join(this.folder, 'logs', 'ccm.txt'), 'utf8');
    return trace
      .split('\n')
      .filter((line) => line.includes('Injected fault'))
      .join('\n');
  }

  // ── programs ──────────────────────────────────────────────────────────────────────────────────────────────────

  run(command: string, ...args: string[]): Promise<Printed> {
    return this.spaces.run(this.phone, command, ...args);
  }

  /** A script that a DHCP client runs at each step. Returns its path, and how to read what it was told. */
  #script(body: string): { readonly script: string; readonly told: () => string } {
    const script = join(this.folder, 'script');
    const told = join(this.folder, 'told');
    rmSync(told, { force: true });
    writeFileSync(script, `#!/bin/sh\necho "-- $reason$1" >> ${told}\nenv >> ${told}\n${body}\nexit 0\n`);
    chmodSync(script, 0o755);
    return { script, told: () => (existsSync(told) ? readFileSync(told, 'utf8') : '') };
  }

  /** udhcpc until it has an address; with what its script was told. */
  async udhcpc(body = ''): Promise<Printed & { readonly told: string }> {
    const { script, told } = this.#script(`case "$1" in\nbound) ${body === '' ? ':' : body};;\nesac`);
    const asks = ['-f', '-n', '-q', '-t', '5', '-T', '1', '-i', 'eth0', '-s', script, '-V', VENDOR_CLASS, '-O', '150'];
    const printed = await this.run('udhcpc', ...asks);
    return { ...printed, told: told() };
  }

  /** dhclient until it is bound; with what its script was told. */
  async dhclient(): Promise<{ readonly output: string; readonly told: string }> {
    const { script, told } = this.#script('');
    const configuration = join(this.folder, 'dhclient.conf');
    writeFileSync(
      configuration,
      `option tftp150 code 150 = array of ip-address;
send vendor-class-identifier "${VENDOR_CLASS}";
send dhcp-client-identifier = hardware;
request subnet-mask, tftp150;
initial-interval 1;
initial-delay 0;
backoff-cutoff 2;
`,
    );
    const leases = join(this.folder, 'dhclient.leases');
    rmSync(leases, { force: true });
    const files = ['-cf', configuration, '-lf', leases, '-pf', join(this.folder, 'dhclient.pid'), '-sf', script];
    const client = this.spaces.start(this.phone, 'dhclient', '-4', '-d', '-v', ...files, 'eth0');
    let output = '';
    for (const stream of [client.stdout, client.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    await eventually(() => expect(output).toContain('bound to'));
    client.kill('SIGKILL');
    return { output, told: told() };
  }

  /** tftp of tftp-hpa gets a file, shows each packet, and asks again after a second. */
  async tftp(file: string): Promise<Printed & { readonly got: string }> {
    const into = join(this.folder, 'got');
    rmSync(into, { force: true });
    const commands = join(this.folder, 'commands');
    writeFileSync(commands, `rexmt 1\ntimeout 5\ntrace\nverbose\nget ${file} ${into}\nquit\n`);
    const printed = await this.run('sh', '-c', `tftp -m binary ${SERVER} < ${commands}`);
    return { ...printed, got: existsSync(into) ? readFileSync(into, 'latin1') : '' };
  }

  /** curl gets a file over HTTP 6970. */
  curl(file: string, ...options: string[]): Promise<Printed> {
    return this.run('curl', '-sS', ...options, `http://${SERVER}:6970/${file}`);
  }

  /** sipp sends one REGISTER, and goes on as the rest of its scenario says; with the messages that it sent and got. */
  async sipp(name: string, rest: string): Promise<Printed & { readonly messages: string }> {
    const scenario = join(this.folder, `${name}.xml`);
    const log = join(this.folder, `${name}.log`);
    writeFileSync(
      scenario,
      `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="${name}">
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:${SOFT_LINE}@[remote_ip]>;tag=[pid]s[call_number]
To: <sip:${SOFT_LINE}@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:${SOFT_LINE}@[local_ip]:[local_port]>
Expires: 60
Content-Length: 0

]]></send>
${rest}
</scenario>
`,
    );
    const printed = await this.run(
      ...(['env', 'TERM=dumb', 'sipp', '-sf', scenario, '-t', 'u1', '-m', '1', '-nostdin'] as const),
      ...[
        '-i',
        this.#phoneAddress,
        '-timeout',
        '4',
        '-timeout_error',
        '-trace_msg',
        '-message_file',
        log,
        `${SERVER}:5060`,
      ],
    );
    return { ...printed, messages: existsSync(log) ? readFileSync(log, 'latin1') : '' };
  }

  get #phoneAddress(): string {
    return /inet ([\d.]+)/.exec(this.spaces.ip(this.phone, '-4', 'addr', 'show', 'eth0'))?.[1] ?? '';
  }

  /** `openssl s_client` to the port of secure SCCP phones. */
  openssl(): Promise<Printed> {
    return this.run('sh', '-c', `openssl s_client -connect ${SERVER}:2443 < /dev/null`);
  }
}
