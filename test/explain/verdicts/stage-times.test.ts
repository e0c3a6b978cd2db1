// How long phones of each family take for a step, and when their silence becomes a verdict. The numbers are those of
// `docs/protocols/explain.md` §1.6, read there.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../../src/config/index.js';
import { minutes, seconds } from '../../../src/core/time.js';
import { MODELS, PHONE_FAMILIES, type PhoneFamily } from '../../../src/devices/index.js';
import {
  type Awaited,
  retryOf,
  STEP_TIMES,
  slowAfter,
  usualTimeOf,
  verdictAfter,
} from '../../../src/explain/verdicts/stage-times.js';
import { anAttempt } from '../../support/devices.js';
import { DHCP, wireOf } from './dhcp-wire.js';
import { missing, served } from './file-facts.js';
import { ADDRESS, PHONE, VerdictLab } from './verdict-lab.js';

const COLUMNS: readonly PhoneFamily[] = ['79xx', '7940', '69xx', '78xx', 'cipc', 'sip'];

const STEPS: Readonly<Record<string, Awaited>> = {
  'DISCOVER → REQUEST': 'request',
  'ACK → first file': 'first-file',
  'CTL refused → cnf.xml': 'configuration',
  'cnf.xml → jar': 'next-file',
  'last file → TCP or REGISTER': 'connection',
  'TCP → Register': 'register',
  'Register → capabilities or next query': 'capabilities',
  '401 → REGISTER with credentials': 'credentials',
  'refused → next attempt': 'retry',
};

/** The rows of the table, by their first cell. */
const rowsOfReference = (): ReadonlyMap<string, readonly string[]> => {
  const [, section = ''] =
    /^### 1\.6 .*?\n([\s\S]*?)^### /m.exec(readFileSync('docs/protocols/explain.md', 'utf8')) ?? [];
  return new Map(
    section
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.includes('→'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, name = '', ...cells]) => [name, cells]),
  );
};

/** The longest time of a cell, in milliseconds. `undefined`: it has none. */
const longestOf = (cell: string): number | undefined => {
  const times = [...cell.matchAll(/(?:[\d.]+-)?([\d.]+) (ms|s)\b/g)].map(([, number, unit]) =>
    Math.round(Number(number) * (unit === 's' ? 1000 : 1)),
  );
  return times.length === 0 ? undefined : Math.max(...times);
};

const REFERENCE = rowsOfReference();

describe('the times of steps', () => {
  it('has a step for each row of the reference', () => {
    expect([...REFERENCE.keys()].filter((name) => !name.startsWith('stage'))).toEqual(Object.keys(STEPS));
  });

  it.each(COLUMNS)('of %s are those of the reference', (family) => {
    const cells = Object.keys(STEPS).map((name) => longestOf(REFERENCE.get(name)?.[COLUMNS.indexOf(family)] ?? ''));
    const ours = Object.values(STEPS).map((step) => {
      const usual = STEP_TIMES[step].usual[family];
      return usual === 'never' ? undefined : usual;
    });
    // Not measured: it is given the time of its successors.
    if (family === '7940') expect([cells.pop(), ours.pop()]).toEqual([undefined, retryOf('79xx')]);
    expect(ours).toEqual(cells);
  });

  it.each(Object.entries(STEPS).filter(([, step]) => step !== 'retry'))('has the limits of "%s"', (name, step) => {
    const [, quiet, verdict] = /^(\d+) s \/ (\d+) s/.exec(REFERENCE.get(name)?.[COLUMNS.length] ?? '') ?? [];
    expect([slowAfter(step, 'other'), verdictAfter(step, 'other')]).toEqual([
      seconds(Number(quiet)),
      seconds(Number(verdict)),
    ]);
  });

  it.each(PHONE_FAMILIES)('of %s are in order: usual, then slow, then overdue', (family) => {
    for (const step of Object.keys(STEP_TIMES) as Awaited[]) {
      if (step === 'retry') continue;
      const times = [usualTimeOf(step, family), slowAfter(step, family), verdictAfter(step, family)];
      if (STEP_TIMES[step].usual[family] === 'never') expect(times).toEqual([undefined, undefined, undefined]);
      else expect(times).toEqual(times.toSorted((one, other) => Number(one) - Number(other)));
    }
  });
});

describe('the family of a model', () => {
  it.each<[PhoneFamily, readonly string[]]>([
    ['79xx', ['Cisco 7906', 'Cisco 7941G-GE', 'Cisco 7962', 'Cisco 7975']],
    ['7940', ['Cisco 7940', 'Cisco 7960', 'Cisco 7912', 'Cisco 12SP+', 'Cisco 30VIP']],
    ['69xx', ['Cisco 6901', 'Cisco 6921', 'Cisco 6945']],
    ['78xx', ['Cisco 7821', 'Cisco 8851', 'Cisco 8945', 'Cisco 9971', 'Cisco DX650']],
    ['cipc', ['Cisco IP Communicator']],
    ['room', ['Cisco TelePresence']],
    ['sip', ['Third-party SIP Device (Basic)', 'Cisco Unified Client Services Framework']],
    ['other', ['Cisco ATA 186', 'Cisco SPA504G', 'Conference Bridge']],
  ])('%s', (family, names) => {
    expect(names.map((name) => MODELS.find((model) => model.name === name)?.family)).toEqual(names.map(() => family));
  });
});

const deviceOf = (model: string, protocol: 'SCCP' | 'SIP' = 'SCCP', lines = ['5001']): WrittenConfig => ({
  devices: [{ name: PHONE, model, protocol, lines }],
  // The clients of the tests call themselves 7962.
  policy: { model: 'any' },
});

const NEAR = { name: 'SEP00112233AAAA', model: 'Cisco 7962', protocol: 'SCCP' as const, lines: ['5009'] };
const PERIOD = minutes(20);

/** Asks for an address, and for another when the first offer is over. */
const discovers = (lab: VerdictLab): void => {
  wireOf(lab).says('DISCOVER');
  lab.wait(seconds(61));
  wireOf(lab).says('DISCOVER');
};
const leases = (lab: VerdictLab): void => void wireOf(lab).lease();
const asksForLists = (lab: VerdictLab): void => lab.say(missing(`CTL${PHONE}.tlv`), missing(`ITL${PHONE}.tlv`));
const getsItsFile = (lab: VerdictLab): void => lab.say(served(`${PHONE}.cnf.xml`));
const getsJar = (lab: VerdictLab): void => lab.say(served('English_United_States/mk-sccp.jar', { device: PHONE }));
const speaksNoTls = (lab: VerdictLab): void =>
  lab.say({
    type: 'sccp.malformed',
    station: { link: 1, address: ADDRESS, device: PHONE },
    reason: 'x',
    fatal: true,
  } as never);
const isLetIn = (lab: VerdictLab): void => void lab.attempt();
const isChallenged = (lab: VerdictLab): void => {
  const answer = {
    device: PHONE,
    dn: '5001',
    status: 401,
    warning: '',
    credentials: 'none',
    transport: 'udp',
  } as const;
  const from = { sentTo: `${ADDRESS}:49152`, source: `${ADDRESS}:49152`, callId: 'a84b4c76', cseq: 101, repeat: false };
  lab.say({ type: 'sip.register-answered', ...answer, ...from });
};
const hasOneLine = (lab: VerdictLab): void => {
  const answer = lab.attempt(PHONE, 'SIP');
  if (answer.accepted) lab.database.bindLines(answer.registration, ['5001' as never], lab.now());
};

/** It is refused until it is banned; then its configuration is mended, and another phone of its network lives on. */
const isBanned =
  (given: string) =>
  async (lab: VerdictLab): Promise<void> => {
    const { id: typeId = 0, protocols: [protocol = 'SCCP'] = [] } = MODELS.find(({ name }) => name === given) ?? {};
    const written = { name: PHONE, protocol, lines: ['5001'] };
    for (let link = 1; link <= 6; link += 1) {
      if (link > 1) lab.wait(seconds(1));
      lab.database.refuse(anAttempt(PHONE, protocol, { address: ADDRESS, typeId, link }), 'wrong-model', lab.now(), {
        given: `${given} (${typeId})`,
        configured: 'another',
      });
    }
    await lab.reload({ devices: [{ ...written, model: given }, NEAR] });
    const near = lab.register(NEAR.name, 'SCCP', { address: '10.2.0.20', link: 9 });
    const live = (): void => {
      lab.database.keepAlive(near, lab.now());
      lab.clock.callAt(lab.soon(10), live);
    };
    live();
  };

/** After how many whole seconds the phone has this verdict. `undefined`: not within twenty minutes. */
const secondsUntil = (lab: VerdictLab, code: string): number | undefined => {
  for (let waited = 0; waited * 1000 <= PERIOD; waited += 1) {
    if (lab.verdict()?.code === code) return waited;
    lab.wait(seconds(1));
  }
  return undefined;
};

type Arranged = (lab: VerdictLab) => void | Promise<void>;
type Moments = readonly (readonly [model: string, seconds: number | undefined, protocol?: 'SIP'])[];

describe('silence becomes a verdict', () => {
  it.each<[step: Awaited, code: string, arrange: Arranged, moments: Moments]>([
    [
      'request',
      'dhcp.offer-not-taken',
      discovers,
      [
        ['Cisco 7962', 15],
        // Until the second offer is over, too.
        ['SIP basic', 60, 'SIP'],
      ],
    ],
    [
      'first-file',
      'files.never-asks',
      leases,
      [
        ['Cisco 7962', 45],
        ['Cisco 8851', 45, 'SIP'],
        ['Cisco TelePresence', 45, 'SIP'],
        ['CIPC', undefined],
        ['SIP basic', undefined, 'SIP'],
      ],
    ],
    [
      'configuration',
      'files.foreign-trust-list',
      asksForLists,
      [
        ['Cisco 7962', 30],
        // It may wait for HTTP, which is dropped somewhere.
        ['Cisco 8851', undefined, 'SIP'],
      ],
    ],
    [
      'connection',
      'connect.never',
      getsItsFile,
      [
        ['Cisco 7962', 60],
        ['CIPC', 60],
      ],
    ],
    [
      'credentials',
      'register.challenge-unanswered',
      isChallenged,
      [
        ['Cisco 8851', 5, 'SIP'],
        ['SIP basic', 5, 'SIP'],
      ],
    ],
    ['lines', 'lines.partial', hasOneLine, [['Cisco 8851', 30, 'SIP']]],
  ])('at the step "%s": %s', async (_, code, arrange, moments) => {
    for (const [model, expected, protocol] of moments) {
      const lines = code === 'lines.partial' ? ['5001', '5002'] : ['5001'];
      const lab = await VerdictLab.with({ dhcp: DHCP, ...deviceOf(model, protocol, lines) } as WrittenConfig);
      await arrange(lab);
      expect([model, secondsUntil(lab, code)]).toEqual([model, expected]);
    }
  });

  it.each([
    ['Cisco 7941', 3 * 40],
    ['Cisco 6921', 3 * 22.3],
    ['Cisco 9971', 3 * 300],
  ])('after three retries of a %s: connect.banned', async (model, expected) => {
    const lab = await VerdictLab.with({ devices: [deviceOf('Cisco 7962').devices?.[0], NEAR] } as WrittenConfig);
    await isBanned(model)(lab);
    expect(secondsUntil(lab, 'connect.banned')).toBe(Math.ceil(expected));
  });
});

describe('what comes next usually comes', () => {
  it.each<[step: Awaited, arrange: Arranged, usual: readonly (readonly [string, number, 'SIP'?])[], slow: number]>([
    [
      'first-file',
      leases,
      [
        ['Cisco 7962', 5],
        ['Cisco 8851', 15, 'SIP'],
        ['Cisco ATA 186', 20],
      ],
      20,
    ],
    [
      'configuration',
      asksForLists,
      [
        ['Cisco 7962', 1],
        ['Cisco 8851', 2, 'SIP'],
        ['CIPC', 0.05],
      ],
      10,
    ],
    [
      'next-file',
      getsJar,
      [
        ['Cisco 7962', 5],
        ['Cisco 6921', 3],
        ['CIPC', 3.3],
      ],
      20,
    ],
    [
      'connection',
      getsItsFile,
      [
        ['Cisco 7962', 10],
        ['CIPC', 6.8],
        ['Cisco ATA 186', 30],
      ],
      30,
    ],
    [
      'register',
      speaksNoTls,
      [
        ['Cisco 7962', 1],
        ['CIPC', 0.068],
      ],
      5,
    ],
    [
      'capabilities',
      isLetIn,
      [
        ['Cisco 7962', 1],
        ['CIPC', 0.045],
      ],
      5,
    ],
    [
      'credentials',
      isChallenged,
      [
        ['Cisco 8851', 1, 'SIP'],
        ['Cisco 7962', 2, 'SIP'],
      ],
      2,
    ],
  ])('at the step "%s" in the time of its family, and later it is slow', async (step, arrange, usual, slow) => {
    for (const [model, expected, protocol] of usual) {
      const lab = await VerdictLab.with({ dhcp: DHCP, ...deviceOf(model, protocol) } as WrittenConfig);
      await arrange(lab);
      const now = lab.report()?.view;
      expect([model, now?.awaited, now?.usualTime, now?.isSlow]).toEqual([model, step, expected * 1000, false]);
      lab.wait(seconds(slow));
      expect([model, lab.report()?.view.isSlow, lab.report()?.view.usualTime]).toEqual([model, true, expected * 1000]);
    }
  });
});
