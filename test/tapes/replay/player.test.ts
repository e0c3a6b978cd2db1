// Phones on tape against a daemon: recorded while they boot, then played again, over real sockets of loopback.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus } from '../../../src/core/event-bus.js';
import { seconds } from '../../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../../src/net/sockets/node-streams.js';
import { systemClock } from '../../../src/net/system-clock.js';
import { bootPhone, PhoneEnvironment, type PhoneOptions, type PhoneStep } from '../../../src/phone/index.js';
import type { Tape } from '../../../src/tapes/tape.js';
import { readTape, tapeText } from '../../../src/tapes/tape-format.js';
import { labcm, start } from '../../cli/harness.js';
import { eventually, TestDaemon } from '../../support/daemon.js';
import { loopbackServices } from '../../support/loopback-services.js';
import { linesOf } from '../../support/tapes.js';

const SERVICES = loopbackServices();

const DEVICES = `
devices:
  - { name: SEP0011223344A1, model: 7962, protocol: SCCP, lines: [{ dn: "6001" }] }
  - { name: SEP0011223344A2, model: 8851, protocol: SIP, lines: [{ dn: "6002" }] }
  - { name: SEP0011223344A3, model: 8851, protocol: SIP, lines: [{ dn: "6003" }], digest: { user: lab, password: secret } }
  - { name: SEP0011223344A4, model: 8851, protocol: SIP, lines: [{ dn: "6004" }] }
  - { name: SEP0011223344B1, model: 7962, protocol: SCCP, lines: [{ dn: "6001" }] }
`;

const SCCP: PhoneOptions = { name: 'SEP0011223344A1', model: '7962', protocol: 'SCCP', boot: 'full' };
const SIP: PhoneOptions = { name: 'SEP0011223344A2', model: '8851', protocol: 'SIP', boot: 'full' };
const PROVED: PhoneOptions = {
  name: 'SEP0011223344A3',
  model: '8851',
  protocol: 'SIP',
  boot: 'full',
  digest: { user: 'lab', password: 'secret' },
};

describe('a phone', { timeout: 60_000 }, () => {
  const daemon = new TestDaemon();
  const folder = mkdtempSync(join(tmpdir(), 'labcm-tapes-'));
  let world: PhoneEnvironment;

  beforeAll(async () => {
    daemon.configure(DEVICES, SERVICES);
    await daemon.start();
    const networks = { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom };
    world = new PhoneEnvironment({ ...networks, bus: new EventBus<PhoneStep>(() => {}) });
  });
  afterAll(async () => {
    await world.close();
    await daemon.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const port = (service: 'DHCP' | 'TFTP' | 'HTTP' | 'SCCP' | 'SIP'): number =>
    daemon.endpoint(service, service === 'SIP' ? 'tcp' : undefined).port;
  /** The ports of the daemon, but for those that are given. */
  const portOptions = (given: readonly string[] = []): string[] =>
    (['DHCP', 'TFTP', 'HTTP', 'SCCP', 'SIP'] as const).flatMap((service) => {
      const option = `--${service.toLowerCase()}-port`;
      return given.includes(option) ? [] : [option, String(port(service))];
    });
  const stateOf = (name: string): string | undefined => daemon.daemon.database.byName(name)?.state;
  const pathOf = (name: string): string => join(folder, `${name}.tape.jsonl`);
  const tapeIn = (path: string): Tape => {
    const tape = readTape(readFileSync(path, 'utf8'));
    if ('found' in tape) throw new Error(tape.found);
    return tape;
  };

  /** Records a boot from its begin to its registration. */
  const recorded = async (spec: PhoneOptions, name: string): Promise<string> => {
    const path = pathOf(name);
    const recording = start(['record', spec.name, '--linger', '300ms', '-o', path, '--api', daemon.url('')], { fetch });
    await eventually(() => expect(recording.err()).toContain('recording'));
    const ports = { dhcp: port('DHCP'), tftp: port('TFTP'), http: port('HTTP'), sccp: port('SCCP'), sip: port('SIP') };
    const phone = await bootPhone(world, { ...spec, ports }, { within: seconds(20) });
    const code = await recording.ended;
    expect([code, recording.err()]).toEqual([0, expect.stringMatching(/\d+ messages in .* m?s\n$/)]);
    await phone.stop();
    return path;
  };
  let base: Promise<string> | undefined;
  /** One recorded boot over SCCP, for whoever does not care which. */
  const recordedOnce = (): Promise<string> => {
    base ??= recorded(SCCP, 'base');
    return base;
  };
  const replay = (path: string, ...options: readonly string[]) =>
    labcm(['replay', path, '--fast', '--server', '127.0.0.1', ...portOptions(options), ...options]);

  it.each([
    ['over SCCP', SCCP, ['phone DISCOVER', 'server OFFER', 'phone RRQ', 'phone RegisterReqMessage']],
    ['over SIP', SIP, ['phone DISCOVER', 'server ACK', 'phone GET', 'phone REGISTER', 'server 200']],
  ] as const)('%s is recorded, played again, and compares equal to another boot', async (what, spec, lines) => {
    const first = await recorded(spec, `${what}-1`);
    expect(statSync(first).mode & 0o777).toBe(0o600);
    const tape = tapeIn(first);
    expect(tape.header).toMatchObject({ device: spec.name, protocol: spec.protocol, source: 'daemon' });
    expect(linesOf(tape)).toEqual(expect.arrayContaining([...lines]));
    expect(stateOf(spec.name)).toBe('unregistered');
    const second = await recorded(spec, `${what}-2`);
    expect(await labcm(['diff', first, second])).toMatchObject({ code: 0, out: 'no difference\n' });
    const played = await replay(first, '-o', pathOf(`${what}-played`));
    expect(played).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('the daemon says what the tape has'),
    });
    expect(await labcm(['diff', first, pathOf(`${what}-played`)])).toMatchObject({ code: 0, out: 'no difference\n' });
  });

  it('that registers by UDP is played by UDP', async () => {
    const tape = tapeIn(await recorded({ ...SIP, name: 'SEP0011223344A4' }, 'to-udp'));
    const byUdp = (octets: Buffer): Buffer =>
      Buffer.from(
        octets.toString('latin1').replaceAll('SIP/2.0/TCP', 'SIP/2.0/UDP').replaceAll('=tcp', '=udp'),
        'latin1',
      );
    const messages = tape.messages.map((message) =>
      message.protocol === 'sip' ? { ...message, transport: 'udp' as const, octets: byUdp(message.octets) } : message,
    );
    const [path, heard] = [pathOf('udp'), pathOf('udp-played')];
    writeFileSync(path, tapeText({ ...tape, messages }));
    const port = String(daemon.endpoint('SIP', 'udp').port);
    const played = await replay(path, '--sip-port', port, '-o', heard);
    expect(played).toMatchObject({ code: 0, err: '' });
    const sip = tapeIn(heard).messages.filter(({ protocol }) => protocol === 'sip');
    expect(new Set(sip.map(({ transport }) => transport))).toEqual(new Set(['udp']));
    expect(sip.map(({ from, name }) => `${from} ${name}`)).toEqual(
      expect.arrayContaining(['phone REGISTER', 'server 200']),
    );
  });

  it('that proves itself by a digest is played with its password, and is refused without', async () => {
    const path = await recorded(PROVED, 'proved');
    expect(readFileSync(path, 'utf8')).not.toContain('"secret"');
    const played = pathOf('proved-played');
    expect(await replay(path, '--password', 'secret', '-o', played)).toMatchObject({ code: 0, err: '' });
    const responses = tapeIn(played).messages.flatMap(
      ({ octets }) => /^Authorization: Digest.*\bresponse="([^"]*)"/im.exec(octets.toString())?.[1] ?? [],
    );
    expect(new Set(responses)).toEqual(new Set(['x'.repeat(32)]));
    const refused = await replay(path, '--wait', '200ms');
    expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/SIP +missing +200 to REGISTER/) });
    const options = ['--fast', '--server', '127.0.0.1', ...portOptions()];
    const byEnvironment = await labcm(['replay', path, ...options], { environment: { LABCM_SIP_PASSWORD: 'secret' } });
    // It is still registered, so that the daemon says less than at first.
    expect(byEnvironment.out).not.toMatch(/REGISTER/);
    expect(byEnvironment.err).toBe('');
  });

  it('is played as another one', async () => {
    const path = await recordedOnce();
    const played = await replay(path, '--as', 'SEP0011223344B1', '-o', pathOf('other-played'));
    expect(played).toMatchObject({ code: 0, err: '' });
    expect(tapeIn(pathOf('other-played')).header.device).toBe('SEP0011223344B1');
    expect(daemon.daemon.database.byName('SEP0011223344B1')?.state).toBeDefined();
    expect(daemon.daemon.database.byName('SEP0011223344B1')?.lease?.mac).toBe('0011223344B1');
  });

  it('that nobody configured hears something else, which is told', async () => {
    const path = await recordedOnce();
    const played = await replay(path, '--as', 'SEP00112233DEAD', '--wait', '200ms', '--json');
    expect(played.code).toBe(1);
    const differences = played.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(differences).toContainEqual(
      expect.objectContaining({ kind: 'missing', protocol: 'sccp', about: 'RegisterAckMessage', from: 'server' }),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ kind: 'extra', protocol: 'sccp', about: 'RegisterRejectMessage' }),
    );
  });

  it('is recorded of what the daemon has kept, once the configuration says so', async () => {
    const nothing = await labcm(
      ['record', 'SEP0011223344B1', '--until', 'kept', '-o', pathOf('kept'), '--api', daemon.url('')],
      { fetch },
    );
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining('found no packets that are kept')]);
  });

  it('that does not come is told, with what helps', async () => {
    const path = pathOf('none');
    const nothing = await labcm(['record', SIP.name, '--within', '300ms', '-o', path, '--api', daemon.url('')], {
      fetch,
    });
    expect(nothing.code).toBe(1);
    expect(nothing.err).toContain('nothing was heard of it, and no tape is written');
    expect(nothing.err).toContain(
      'wanted a new registration within 300 ms; `labcm why SEP0011223344A2` says what is wrong',
    );
  });

  it('whose daemon is not there is told by service', async () => {
    const path = await recordedOnce();
    const dead = ['dhcp', 'tftp', 'http', 'sccp', 'sip'].flatMap((name) => [`--${name}-port`, '9']);
    const played = await labcm(['replay', path, '--fast', '--wait', '50ms', ...dead]);
    expect([played.code, played.err]).toEqual([1, 'labcm: SCCP at 127.0.0.1:9: ECONNREFUSED\n']);
  });

  it('is stopped by a signal, and then nothing is compared', async () => {
    const path = pathOf('slow');
    const tape = tapeIn(await recordedOnce());
    const messages = tape.messages.map((message) => ({
      ...message,
      at: message.at + (message.protocol === 'dhcp' ? 0 : 3_600_000),
    }));
    writeFileSync(path, tapeText({ ...tape, messages }));
    const playing = start(['replay', path, ...portOptions()]);
    await eventually(() => expect(playing.listening()).toBeGreaterThan(0));
    playing.signal('SIGINT');
    expect([await playing.ended, playing.err()]).toEqual([1, expect.stringContaining('it was stopped before the end')]);
  });
});
