// The built daemon for calls with programs that others wrote. It listens at an address of this machine that nobody else on
// it uses, so that a capture holds these calls alone.

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LabcmEvent } from '../../../src/events.js';
import { eventually } from '../../support/daemon.js';
import { ProgramProcess } from '../../support/program.js';

export const DAEMON = '127.61.0.1';
/** Where the callers and the called are. */
export const CALLERS = ['127.61.0.11', '127.61.0.12', '127.61.0.13', '127.61.0.14'] as const;
/** The daemon's RTP ports (`docs/protocols/calls.md` §5.5). */
export const RTP_PORTS = { from: 24_000, to: 24_199 } as const;
/** All that the daemon and its phones send. */
export const CALL_TRAFFIC = `net 127.61.0.0/16 or udp src portrange ${RTP_PORTS.from}-${RTP_PORTS.to}`;

export const SECRET = 'secret';

/** A phone of the configuration. With `digest` its number is its user, and `SECRET` its password. */
export interface CallDevice {
  readonly dn: string;
  readonly protocol?: 'SIP' | 'SCCP';
  readonly digest?: boolean;
}

export const deviceName = (dn: string): string => `SEP00000000${dn}`;

const deviceLine = ({ dn, protocol = 'SIP', digest = false }: CallDevice): string => {
  const model = protocol === 'SIP' ? 'Third-party SIP Device (Advanced)' : 'CIPC';
  const credentials = digest ? `, digest: { user: "${dn}", password: ${SECRET} }` : '';
  return `  - { name: ${deviceName(dn)}, model: ${model}, protocol: ${protocol}, lines: [{ dn: "${dn}" }]${credentials} }`;
};

export class CallDaemon {
  readonly folder: string;
  /** The phones: those that a failed test has left are ended with the daemon. */
  readonly phones: ChildProcess[] = [];
  readonly #program: ProgramProcess;

  private constructor(folder: string) {
    this.folder = folder;
    this.#program = new ProgramProcess(['run', '-c', 'lab.yaml'], { directory: folder });
  }

  /** `calls`: what `calls:` of the configuration holds. */
  static async start(devices: readonly CallDevice[], calls = '{}'): Promise<CallDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'labcm-calls-'));
    writeFileSync(
      join(folder, 'lab.yaml'),
      `nodes: [{ name: CM1, address: ${DAEMON} }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: ${DAEMON}, port: 0 }
sip: { listen: ${DAEMON}, udp: 0, tcp: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
calls: ${calls}
devices:
${devices.map(deviceLine).join('\n')}
`,
    );
    const daemon = new CallDaemon(folder);
    await daemon.#program.waitForText(/^labcm is ready/m);
    return daemon;
  }

  port(service: 'SIP' | 'SCCP' | 'API', transport: 'udp' | 'tcp'): number {
    return Number(new RegExp(`^${service} +${transport} \\S+:(\\d+)`, 'm').exec(this.#program.out)?.[1]);
  }

  /** A folder for one program. */
  folderFor(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** What has happened since the daemon started, of one type. */
  facts<T extends LabcmEvent['type']>(type: T): readonly Extract<LabcmEvent, { type: T }>[] {
    let text = '';
    try {
      text = readFileSync(join(this.folder, 'logs', 'events.jsonl'), 'utf8');
    } catch {
      return []; // nothing written yet
    }
    return text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LabcmEvent]))
      .filter((fact): fact is Extract<LabcmEvent, { type: T }> => fact.type === type);
  }

  registered(dn: string): Promise<void> {
    return eventually(() =>
      expect(this.facts('device.registered').map(({ device }) => device)).toContain(deviceName(dn)),
    );
  }

  /** Waits until no call stands, and checks that nothing of one is left and nothing went wrong. */
  async quiet(): Promise<void> {
    const api = `http://127.0.0.1:${this.port('API', 'tcp')}`;
    await eventually(async () => {
      const metrics = await (await fetch(`${api}/metrics`)).text();
      const gauges = metrics.match(/^labcm_(calls|call_legs|rtp_streams)[{ ].*/gm) ?? [];
      expect(gauges.length).toBeGreaterThan(1);
      expect(gauges.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    });
  }

  async stop(): Promise<void> {
    for (const phone of this.phones) phone.kill('SIGKILL');
    this.#program.signal('SIGTERM');
    const { code } = await this.#program.ended;
    rmSync(this.folder, { recursive: true, force: true });
    expect([code, this.#program.err]).toEqual([0, 'SIGTERM: stopping\nstopped\n']);
  }
}
