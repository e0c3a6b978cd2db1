// `labcm why` about phones that misbehave, from a whole daemon to which they really did it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import * as tls from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { type Lab, type LabConfig, startLab } from '../../src/lab.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { identityOf } from '../../src/phone/identity.js';
import { FAULTS, FaultRunner, PhoneEnvironment, type PhoneStep } from '../../src/phone/index.js';
import { labcm } from './harness.js';

const NAME = 'SEP001122334455';
/** The phone of the fault `stranger`. */
const STRANGER = 'SEP0200000000FA';
/** An address of its own, so that what comes from there is of this phone. */
const ADDRESS = '127.0.0.21';

const labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

type Protocol = 'SCCP' | 'SIP';

interface FaultCase {
  readonly fault: string;
  readonly protocol: Protocol;
  readonly code: string;
  readonly config?: LabConfig;
  /** How often it happens at once. */
  readonly times?: number;
  /** How long it takes until it has happened, in milliseconds. */
  readonly lasts?: number;
  /** It was given no name, so its address tells whose fault it is: the phone fetches its file first. */
  readonly isNameless?: true;
  /** Nobody configured it. */
  readonly who?: string;
  /** The configured protocol, where that is another. */
  readonly configured?: Protocol;
  readonly exit?: number;
}

const FAULT_CASES: readonly FaultCase[] = [
  { fault: 'wrong-model', protocol: 'SCCP', code: 'register.wrong-model' },
  { fault: 'wrong-model', protocol: 'SIP', code: 'register.wrong-model' },
  { fault: 'wrong-protocol', protocol: 'SCCP', configured: 'SIP', code: 'register.wrong-protocol' },
  { fault: 'stranger', protocol: 'SCCP', who: STRANGER, code: 'register.unknown-device' },
  { fault: 'stranger', protocol: 'SIP', who: STRANGER, code: 'register.unknown-device' },
  { fault: 'wrong-line', protocol: 'SIP', code: 'register.wrong-line' },
  { fault: 'too-brief', protocol: 'SIP', times: 2, code: 'register.too-brief' },
  { fault: 'short-register', protocol: 'SCCP', code: 'register.bad-message' },
  {
    fault: 'two-links',
    protocol: 'SCCP',
    config: { policy: { duplicate: 'refuse' } },
    code: 'register.duplicate-refused',
  },
  {
    fault: 'no-capabilities',
    protocol: 'SCCP',
    config: { policy: { capabilitiesWithin: '1s' } },
    lasts: 1000,
    code: 'register.never-completes',
  },
  {
    fault: 'silent',
    protocol: 'SCCP',
    config: { sccp: { muteWithin: '1s' } },
    times: 2,
    lasts: 1000,
    isNameless: true,
    code: 'connect.mute',
  },
  {
    fault: 'silent',
    protocol: 'SIP',
    config: { sip: { muteWithin: '1s' } },
    times: 2,
    lasts: 1000,
    isNameless: true,
    code: 'connect.mute',
  },
  { fault: 'alien', protocol: 'SCCP', isNameless: true, code: 'connect.not-our-protocol' },
  { fault: 'alien', protocol: 'SIP', isNameless: true, code: 'connect.not-our-protocol' },
  { fault: 'huge', protocol: 'SCCP', isNameless: true, code: 'connect.not-our-protocol' },
  { fault: 'storm', protocol: 'SCCP', code: 'stays.throttled' },
];

const devices = (protocol: Protocol): LabConfig => ({
  devices: [{ name: NAME, model: protocol === 'SCCP' ? '7962' : '8851', protocol, lines: ['5001'] }],
});

const start = async (config: LabConfig): Promise<Lab> => {
  const lab = await startLab(config);
  labs.push(lab);
  return lab;
};

/** Fetches the configuration of the phone from its address. */
const fetchFile = async (lab: Lab): Promise<void> => {
  const request = get(lab.url(`/${NAME}.cnf.xml`, 'HTTP'), { localAddress: ADDRESS, agent: false });
  const [answer] = await once(request, 'response');
  expect(await text(answer)).toContain('<device ');
};

/** Lets the phone misbehave. It is stopped with the test. */
const misbehave = (lab: Lab, { fault, protocol }: FaultCase): Promise<unknown> => {
  const machine = new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    bus: new EventBus<PhoneStep>(() => {}),
  });
  const identity = identityOf({ name: NAME, protocol, model: protocol === 'SCCP' ? '7962' : '8851' });
  if ('fault' in identity) throw new Error(identity.fault);
  const bench = new FaultRunner(machine, {
    identity,
    node: { name: 'CM1', address: '127.0.0.1', sccpPort: lab.port('SCCP', 'tcp'), sipPort: lab.port('SIP', 'tcp') },
    files: { address: '127.0.0.1', port: lab.port('TFTP') },
    line: { dn: '5001', contact: '5001', authName: '', authPassword: '' },
    localAddress: ADDRESS,
    otherAddress: undefined,
  });
  onTestFinished(async () => {
    bench.close();
    await machine.close();
  });
  return FAULTS[fault]?.run(bench) ?? Promise.reject(new Error(`no fault ${fault}`));
};

/** When the verdict of this code has appeared: at most two seconds after what leads to it. */
const verdictOf = (lab: Lab, code: string, lasts: number) =>
  lab.next('device.verdict', { where: (event) => event.device === NAME && event.code === code, within: lasts + 2000 });

/** What the command says in JSON, with its exit code. */
const why = async (lab: Lab, who: string) => {
  const { code, out } = await labcm(['why', who, '--json', '--api', lab.url('/').replace(/\/$/, '')], { fetch });
  return { exit: code, ...JSON.parse(out) };
};

describe('why, of a phone that', () => {
  it.each(FAULT_CASES.map((one) => [FAULTS[one.fault]?.does ?? '', one.protocol, one.code, one] as const))(
    '%s, over %s: %s',
    async (_, protocol, code, one) => {
      const { config = {}, times = 1, lasts = 0, isNameless, who = NAME, configured = protocol } = one;
      const lab = await start({ ...devices(configured), ...config });
      if (isNameless) await fetchFile(lab);
      const refused = lab.next('device.rejected', { where: ({ device }) => device === who }).catch(() => {});
      const appears = who === NAME ? verdictOf(lab, code, lasts) : refused;
      for (let count = 0; count < times; count += 1) void misbehave(lab, one).catch(() => {});
      await appears;
      const { exit, device, verdict } = await why(lab, who);
      expect({ exit, device, code: verdict?.code }).toEqual({ exit: 1, device: who, code });
      expect(verdict).toMatchObject({ severity: 'blocking', sentence: expect.stringMatching(/\.$/) });
      expect(verdict.evidence).not.toEqual([]);
    },
  );

  it('has another digest password than its configuration', async () => {
    const lab = await start({
      devices: [{ name: NAME, model: '8851', lines: ['5001'], digest: { user: 'lab5001', password: 'secret' } }],
    });
    const appears = verdictOf(lab, 'register.wrong-password', 2000);
    lab.phone({ name: NAME, digest: { user: 'lab5001', password: 'wrong' } });
    await appears;
    const { exit, verdict } = await why(lab, NAME);
    expect(exit).toBe(1);
    expect(verdict).toMatchObject({
      code: 'register.wrong-password',
      sentence: 'Its password for the digest user "lab5001" is not the configured one.',
      evidence: expect.arrayContaining([expect.objectContaining({ type: 'device.rejected' })]),
    });
  });

  it('registers as it should: nothing, before and after', async () => {
    const lab = await start(devices('SCCP'));
    expect(await why(lab, NAME)).toMatchObject({ exit: 3, registered: false, verdict: null });
    await lab.phone({ name: NAME }).registered();
    await lab.registered(NAME);
    expect(await why(lab, NAME)).toMatchObject({ exit: 0, registered: true, verdict: null });
  });

  it('is well again: the verdict is gone with its registration', async () => {
    const lab = await start(devices('SCCP'));
    const appears = verdictOf(lab, 'register.wrong-model', 2000);
    await misbehave(lab, { fault: 'wrong-model', protocol: 'SCCP', code: '' });
    await appears;
    const goes = lab.next('device.verdict', { where: ({ code }) => code === undefined });
    await lab.phone({ name: NAME }).registered();
    expect(await goes).toMatchObject({ device: NAME, before: 'register.wrong-model' });
    expect(await why(lab, NAME)).toMatchObject({ exit: 0, verdict: null });
  });
});

interface TlsCase {
  readonly does: string;
  readonly code: string;
  readonly sentence: string;
  /** Tries to speak with a port of SIP. */
  readonly run: (lab: Lab) => void;
  readonly isSkipped?: boolean;
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A client of TLS at the address of the phone. What becomes of it does not matter. */
const speaksTls = (port: number, options: tls.ConnectionOptions = {}): void => {
  const link = connect({ host: '127.0.0.1', port, localAddress: ADDRESS });
  const socket = tls.connect({ socket: link, rejectUnauthorized: false, ...options });
  for (const one of [link, socket]) one.on('error', () => {});
  onTestFinished(() => void link.destroy());
};

const TLS_CASES: readonly TlsCase[] = [
  {
    does: 'speaks TLS to a plain port',
    code: 'connect.tls-to-plain',
    sentence: 'says "encrypted".',
    run: (lab) => speaksTls(lab.port('SIP', 'tcp')),
  },
  {
    does: 'speaks HTTP to a port of TLS',
    code: 'connect.not-our-protocol',
    sentence: 'is HTTP, not TLS.',
    run: (lab) => {
      const socket = connect({ host: '127.0.0.1', port: lab.port('SIP', 'tls'), localAddress: ADDRESS });
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\n\r\n');
      onTestFinished(() => void socket.destroy());
    },
  },
  {
    does: 'has no cipher that labcm has',
    code: 'connect.tls-too-old',
    sentence: 'no cipher in common',
    run: (lab) =>
      speaksTls(lab.port('SIP', 'tls'), { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }),
  },
  {
    does: 'does not know who signed the certificate',
    code: 'connect.tls-untrusted',
    sentence: "does not know labcm's certificate.",
    isSkipped: !hasOpenssl,
    run: (lab) => {
      const where = ['-connect', `127.0.0.1:${lab.port('SIP', 'tls')}`, '-bind', `${ADDRESS}:0`];
      const program = spawn('openssl', ['s_client', ...where, '-verify_return_error']);
      program.on('error', () => {});
      onTestFinished(() => void program.kill());
    },
  },
];

describe('why, of a phone without a registration that', () => {
  for (const { does, code, sentence, run, isSkipped = false } of TLS_CASES)
    it.skipIf(isSkipped)(`${does}: ${code}${isSkipped ? ' (skipped: there is no openssl)' : ''}`, async () => {
      const lab = await start({ ...devices('SIP'), sip: { tls: 0 } });
      await fetchFile(lab);
      const appears = verdictOf(lab, code, 0);
      run(lab);
      expect(await appears).toMatchObject({ sentence: expect.stringContaining(sentence) });
      expect((await why(lab, NAME)).verdict).toMatchObject({ code, severity: 'blocking' });
    });
});
