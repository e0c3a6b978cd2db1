import { expect, it } from 'vitest';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { reportOf } from '../../src/devices/index.js';
import { modelById } from '../../src/devices/models.js';
import { ID } from '../../src/sip/message/headers.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { aDevice } from '../support/devices.js';
import { capturedBytes, capturedJson, describeCaptured } from '../support/fixtures.js';
import { type Peer, type SipHarness, type SipHarnessOptions, sipHarness, statuses } from './harness.js';

interface Expectation {
  readonly method?: string;
  readonly transport?: 'TCP' | 'UDP' | 'TLS';
  readonly source?: string;
  readonly responses?: readonly number[];
  readonly first_response?: number;
  readonly drop?: boolean;
  readonly device?: string | null;
  readonly device_from_instance?: string;
  readonly model?: number;
  readonly line?: string;
  readonly alarm?: number | string;
  readonly load?: string;
  readonly active_load?: string;
  readonly inactive_load?: string;
  readonly last?: string;
  readonly granted_expires?: number;
  readonly newreg?: boolean;
  readonly parse?: 'ok' | 'reject' | 'either';
  readonly answers?: readonly (number | string)[];
}

interface Entry {
  readonly file: string;
  readonly bytes: number;
  readonly kind?: string;
  readonly expect?: Expectation;
  readonly answers?: string;
}

const sipPhone = (
  name: string,
  model: number,
  lines: string[],
  rest: Partial<Pick<ConfiguredDevice, 'digest'>> = {},
): ConfiguredDevice => {
  const device = aDevice(name, { protocol: 'SIP', lines, ...rest });
  return { ...device, model: modelById(model) ?? { ...device.model, id: model, name: `type ${model}`, aliases: [] } };
};

const PHONES: readonly ConfiguredDevice[] = [
  sipPhone('SEP005056A1033D', 30016, ['5005', '5007']),
  sipPhone('SEP005056A1FFFF', 30016, ['5006']),
  sipPhone('SEPC80084AA8743', 621, ['2222', '2223']),
  sipPhone('test_secure', 30016, ['8888']),
  sipPhone('SEP0024142DDF24', 437, ['5678']),
  sipPhone('SEPE0D1730AC1B1', 592, ['6836']),
  sipPhone('SEP9C57AD12A4E0', 684, ['1003']),
  sipPhone('CSFrado', 503, ['1010']),
  sipPhone('SEP000C30A97025', 8, ['2006']),
  sipPhone('SEP000E84C060A6', 7, ['1600']),
  sipPhone('SEPE8EDF3B5F638', 604, ['0ciscovcs']),
];
const MICROSIP = sipPhone('MICROSIP', 30016, ['10001'], { digest: { user: 'microsip01', password: 'secret' } });
const SEED = 'sip/cisco/register-cipc-seed.sip';

const peerFor = async (lab: SipHarness, expected: Expectation, file: string): Promise<Peer> => {
  const [address = '10.10.210.200', port = '3311'] = expected.source?.split(':') ?? [];
  const remote = { address, port: Number(port) };
  const isUdp = expected.transport === 'UDP' || /UDP/.test(capturedBytes(`sip/${file}`).toString('latin1', 0, 300));
  const isStream = expected.transport === 'TCP' || expected.transport === 'TLS' || !isUdp;
  if (isStream) return lab.tcp(remote);
  const via = parseMessage(capturedBytes(`sip/${file}`))?.via;
  return lab.udp(remote, [remote, { address: remote.address, port: via?.port ?? 5060 }]);
};

describeCaptured('captured SIP requests', () => {
  const { messages } = capturedJson<{ messages: Entry[] }>('sip/index.json');
  const requests = messages.filter(({ file, expect: expected }) => expected !== undefined && /\/.*\.sip$/.test(file));
  const withDigest = (file: string): SipHarnessOptions & { devices: readonly ConfiguredDevice[] } => ({
    devices: file.includes('microsip') ? [...PHONES, MICROSIP] : PHONES,
  });
  const AFTER_SEED = /unregister|star-|query|expires-too|out-of-order|line2|proto|to-tag|wrong-line|retrans/;

  it.each(requests.map((entry) => [entry.file, entry] as const))(
    '%s is answered as its record says',
    async (file, entry) => {
      const expected = entry.expect ?? {};
      const bytes = capturedBytes(`sip/${file}`);
      expect(bytes.length).toBe(entry.bytes);
      const lab = await sipHarness(withDigest(file).devices);
      const peer = await peerFor(lab, expected, file);
      if (AFTER_SEED.test(file)) peer.ask(capturedBytes(SEED));
      const answers = peer.ask(bytes);
      const codes = statuses(answers);
      const finals = codes.filter((code) => code !== 100);
      if (expected.drop === true) {
        expect(codes).toEqual([]);
        return;
      }
      if (expected.first_response !== undefined) {
        expect(codes[0]).toBe(expected.first_response);
        return;
      }
      const wanted = expected.responses?.filter((code) => code !== 100) ?? [200];
      // The digest of that capture is of a password that nobody knows: it is challenged again.
      if (file.includes('microsip-2')) expect(finals[0]).toBe(401);
      else expect(wanted).toContain(finals[0]);
      const final = answers.find(({ status }) => status >= 200);
      if (parseMessage(bytes)?.method === 'REGISTER') expect(codes[0]).toBe(100);
      if (finals[0] !== 200 || expected.responses?.includes(404) === true) return;
      const name = expected.device ?? expected.device_from_instance;
      if (name !== undefined && name !== null && expected.granted_expires !== 0) {
        const record = lab.database.byName(name);
        if (expected.line !== undefined && !file.includes('standby'))
          expect(record?.registration?.lines).toContain(expected.line);
        if (expected.model !== undefined && !file.includes('standby'))
          expect(record?.registration?.typeId).toBe(expected.model);
        const load = expected.load ?? expected.active_load;
        if (load !== undefined) expect(record?.registration?.load).toBe(load);
        if (expected.inactive_load !== undefined)
          expect(reportOf(record, 'inactiveLoad')?.value).toBe(expected.inactive_load);
        if (typeof expected.alarm === 'number') expect(reportOf(record, 'alarm')?.value).toBe(expected.alarm);
        if (expected.last !== undefined) expect(reportOf(record, 'lastReset')?.value).toBe(expected.last);
      }
      if (expected.granted_expires !== undefined)
        expect(final?.text(ID.Expires)).toBe(String(expected.granted_expires));
      if (expected.newreg === true) expect(final?.text(ID.Contact)).toContain(';x-cisco-newreg');
    },
  );

  const torture = messages.filter(({ file }) => file.startsWith('torture/'));
  // 405: MESSAGE is not served, whatever is in it (RFC 3261 §8.2.1).
  const GOOD = [200, 202, 404, 405, 480];
  it.each(torture.map((entry) => [entry.file, entry] as const))(
    '%s gets one of its right answers',
    async (file, entry) => {
      const lab = await sipHarness(PHONES);
      const remote = { address: '192.0.2.1', port: 5061 };
      const bytes = capturedBytes(`sip/${file}`);
      const via = parseMessage(bytes)?.via;
      const ports = [5060, via?.port ?? 5060].map((port) => ({ address: remote.address, port }));
      const peer = await lab.udp(remote, ports);
      const codes = statuses(peer.ask(bytes)).filter((code) => code !== 100);
      const answers = entry.expect?.answers ?? [];
      if (answers.includes('drop')) expect(codes).toEqual([]);
      else
        expect([
          ...answers.filter((answer) => answer !== 'accept'),
          ...(answers.includes('accept') ? GOOD : []),
        ]).toContain(codes[0]);
      if (entry.expect?.parse === 'ok') expect(parseMessage(bytes)?.fault).toBeUndefined();
    },
  );
});
