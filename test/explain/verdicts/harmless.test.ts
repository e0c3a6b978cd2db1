// What looks wrong and is harmless is listed with its sentence wherever it is seen, and is never the verdict
// (`docs/protocols/explain.md` §2.9).

import { describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../../src/config/index.js';
import { HARMLESS } from '../../../src/explain/index.js';
import { missing, overHttp, says, served } from './file-facts.js';
import { ADDRESS, PHONE, type Said, VerdictLab } from './verdict-lab.js';

const OWN = `${PHONE}.cnf.xml`;
const LINK = 3;

const station = { link: LINK, bound: true, device: PHONE, address: ADDRESS };

const challenged: Said = {
  type: 'sip.register-answered',
  device: PHONE,
  dn: '5001',
  status: 401,
  warning: '',
  credentials: 'none',
  transport: 'tcp',
  sentTo: `${ADDRESS}:50002`,
  source: `${ADDRESS}:50002`,
  callId: 'a84b4c76e66710',
  cseq: 101,
  repeat: false,
};

const standby: Said = {
  type: 'sip.standby',
  device: PHONE,
  transport: 'tcp',
  address: ADDRESS,
  port: 50002,
  link: LINK,
} as Said;

const unknownMessage: Said = { type: 'sccp.unknown-message', station, id: 0x0166, octets: 12, bytes: '' };

const wroteNothing: Said = missing('SEP001122334455-log.txt', { code: 2, reason: 'access violation' });

/** One harmless thing: what is said of it before the phone registers, and after. */
interface HarmlessCase {
  readonly code: string;
  readonly before?: (lab: VerdictLab) => void;
  /** Once it is registered. */
  readonly after?: (lab: VerdictLab) => void;
  readonly times: number;
  /** The files that it names. */
  readonly files?: readonly string[];
}

const reported =
  (...codes: readonly number[]) =>
  (lab: VerdictLab): void => {
    for (const code of codes) {
      lab.wait(100);
      lab.database.recordReport(PHONE, { alarm: `${code}: Name=${PHONE}`, severity: 2 }, lab.now());
      lab.database.facts.recordOutOfService(PHONE, { code, words: '' }, lab.now());
    }
  };

const said =
  (...events: readonly Said[]) =>
  (lab: VerdictLab): void =>
    says(lab, ...events);

const CASES: readonly HarmlessCase[] = [
  {
    code: 'harmless.trust-lists',
    before: said(
      missing('CTLFile.tlv', { asked: `CTL${PHONE}.tlv` }),
      missing(`ITL${PHONE}.tlv`),
      missing('ITLFile.tlv'),
    ),
    times: 3,
    files: [`CTL${PHONE}.tlv`, `ITL${PHONE}.tlv`, 'ITLFile.tlv'],
  },
  { code: 'harmless.signed-first', before: said(missing(`${OWN}.sgn`), served(OWN)), times: 1, files: [`${OWN}.sgn`] },
  {
    code: 'harmless.http-first',
    before: said(overHttp('ringtone.raw'), missing('ringtone.raw')),
    times: 1,
    files: ['ringtone.raw'],
  },
  {
    code: 'harmless.locale-jar',
    before: said(missing('/mk-sccp.jar'), missing('English_United_States/mk-sccp.jar.sgn')),
    times: 2,
    files: ['mk-sccp.jar', 'English_United_States/mk-sccp.jar.sgn'],
  },
  {
    code: 'harmless.tones',
    before: said(missing('United_States/g3-tones.xml'), missing('/g3-tones.xml')),
    times: 2,
    files: ['United_States/g3-tones.xml', 'g3-tones.xml'],
  },
  {
    code: 'harmless.dial-rules',
    before: said(missing('AppDialRules.xml'), missing('dialplan.xml'), missing('LdapDirectories.xml')),
    times: 3,
    files: ['AppDialRules.xml', 'dialplan.xml', 'LdapDirectories.xml'],
  },
  {
    code: 'harmless.soft-keys',
    before: said(missing('softkeys.xml'), missing('SK45aec2c6-7b1e-4a5b-9d8e-3f1f5a3c9e21.xml')),
    times: 2,
    files: ['softkeys.xml', 'SK45aec2c6-7b1e-4a5b-9d8e-3f1f5a3c9e21.xml'],
  },
  {
    code: 'harmless.ring-lists',
    before: said(missing('RINGLIST.XML'), missing('Desktops/320x212x12/List.xml')),
    times: 2,
    files: ['RINGLIST.XML', 'Desktops/320x212x12/List.xml'],
  },
  { code: 'harmless.xmldefault', before: said(served('XMLDefault.cnf.xml')), times: 1, files: ['XMLDefault.cnf.xml'] },
  {
    code: 'harmless.case',
    before: said(served(`${PHONE.toLowerCase()}.cnf.xml`)),
    times: 1,
    files: [`${PHONE.toLowerCase()}.cnf.xml`],
  },
  { code: 'harmless.refused-write', before: said(wroteNothing), times: 1, files: ['SEP001122334455-log.txt'] },
  { code: 'harmless.standby', before: said(standby), times: 1 },
  { code: 'harmless.unknown-message', after: said(unknownMessage), times: 1 },
  {
    code: 'harmless.ip-port',
    after: (lab) => lab.database.recordReport(PHONE, { rtpMediaPort: 16_384 }, lab.now()),
    times: 1,
  },
  {
    code: 'harmless.date-1900',
    after: (lab) => {
      const registration = lab.database.byName(PHONE)?.registration;
      if (registration !== undefined) lab.database.facts.recordClock(registration, 'none');
    },
    times: 1,
  },
  { code: 'harmless.alarm-initialized', after: reported(25), times: 1 },
  {
    code: 'harmless.reset-expected',
    before: (lab) => lab.say({ type: 'device.commanded', device: PHONE as never, command: 'reset' }),
    after: reported(22),
    times: 1,
  },
  // Just before it registers: an answer to it is expected at once.
  { code: 'harmless.first-challenge', before: said(challenged), times: 1 },
];

const CONFIG = { autoRegistration: { enabled: true, range: '1000-1099' } } as unknown as WrittenConfig;

/** A phone that boots like this and registers. What is told of it on the way. */
const boots = async (cases: readonly HarmlessCase[]): Promise<VerdictLab> => {
  const lab = await VerdictLab.with(CONFIG);
  for (const { before } of cases) {
    before?.(lab);
    lab.settle();
    expect(lab.verdict()).toBeUndefined();
  }
  lab.register();
  for (const { after } of cases) {
    after?.(lab);
    lab.settle();
  }
  return lab;
};

const found = (lab: VerdictLab): Readonly<Record<string, number>> =>
  Object.fromEntries((lab.report()?.harmless ?? []).map(({ code, count }) => [code, count]));

describe.each(CASES.map((one) => [one.code, one] as const))('%s', (code, one) => {
  it('is listed with its sentence and is no verdict', async () => {
    const lab = await boots([one]);
    const { sentence } = HARMLESS.find((row) => row.code === code) ?? {};
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(lab.report()?.harmless).toContainEqual({ code, sentence, count: one.times, files: one.files ?? [] });
    expect(lab.verdict()).toBeUndefined();
    expect(lab.told).toEqual([]);
  });

  it('is not listed where it was not seen', async () => {
    const lab = await boots([]);
    expect(found(lab)).not.toHaveProperty(code);
  });
});

describe('all of it at once', () => {
  it('has a case for each row', () => {
    expect(CASES.map(({ code }) => code).sort()).toEqual(HARMLESS.map(({ code }) => code).sort());
  });

  it('is no verdict of a phone that registers, at no time', async () => {
    const lab = await boots(CASES);
    expect(found(lab)).toEqual(Object.fromEntries(CASES.map(({ code, times }) => [code, times])));
    expect(lab.report()).toMatchObject({ verdict: undefined, others: [] });
    expect(lab.told).toEqual([]);
  });

  it('is not the verdict of a phone that stops elsewhere', async () => {
    const lab = await VerdictLab.with(CONFIG);
    for (const { before } of CASES) before?.(lab);
    lab.attempt(PHONE, 'SCCP', { typeId: 115 });
    lab.settle();
    const report = lab.report();
    expect(report?.verdict?.code).toBe('register.wrong-model');
    expect(report?.others.filter(({ code }) => code.startsWith('harmless'))).toEqual([]);
    expect(report?.harmless.length).toBeGreaterThan(10);
  });
});

describe('what is like it and is not harmless', () => {
  it('a reset that nobody commanded', async () => {
    const lab = await boots([{ code: '', after: reported(22), times: 0 }]);
    expect(found(lab)).not.toHaveProperty('harmless.reset-expected');
  });

  it('a signed file without the plain one after it', async () => {
    const lab = await boots([{ code: '', before: said(served(OWN), missing(`${OWN}.sgn`)), times: 0 }]);
    expect(found(lab)).not.toHaveProperty('harmless.signed-first');
  });

  it('XMLDefault where nobody is registered automatically', async () => {
    const lab = await VerdictLab.with();
    says(lab, served('XMLDefault.cnf.xml'));
    expect(found(lab)).toEqual({});
  });

  it('a challenge that nothing came after', async () => {
    const lab = await VerdictLab.with();
    says(lab, challenged);
    expect(found(lab)).toEqual({});
  });
});

it('names four files at most, and no octet that a terminal obeys', async () => {
  const lab = await VerdictLab.with();
  says(lab, ...[1, 2, 3, 4, 5].map((number) => missing(`${number}\u001b[2J/mk-sccp.jar`, { device: PHONE })));
  const [row] = lab.report()?.harmless ?? [];
  expect(row).toMatchObject({ code: 'harmless.locale-jar', count: 5 });
  expect(row?.files).toEqual([1, 2, 3, 4].map((number) => `${number}\\u{1B}[2J/mk-sccp.jar`));
});
