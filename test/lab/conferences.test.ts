// Simulated phones of both protocols in conferences, through a whole daemon on loopback: their speech is mixed.

import { afterEach, describe, expect, it } from 'vitest';
import { CallFault, type Lab, type LabCall, type LabConfig, type LabPhone, startLab } from '../../src/lab.js';

const CIPC = 'ipctest2';
const JAVA = 'SEP001122334455';
const MODERN = 'SEP001122334456';
const CIPC_SIP = 'SEP001122334458';
const GENERIC = 'SEP001122334459';

const PHONES: LabConfig = {
  devices: [
    { name: CIPC, model: 'CIPC', protocol: 'SCCP', mac: '005056A1033D', lines: ['5001'] },
    { name: JAVA, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: MODERN, model: '8851', lines: ['5003'] },
    { name: CIPC_SIP, model: 'CIPC', protocol: 'SIP', lines: ['5005'] },
    {
      name: GENERIC,
      model: 'Third-party SIP Device (Basic)',
      protocol: 'SIP',
      lines: ['5006'],
      digest: { user: 'u5006', password: 'secret' },
    },
  ],
};

const NUMBERS: Readonly<Record<string, string>> = {
  [CIPC]: '5001',
  [JAVA]: '5002',
  [MODERN]: '5003',
  [CIPC_SIP]: '5005',
  [GENERIC]: '5006',
};

/** The loudness of the tone that one phone sends, and of two in step. */
const [ONE, TWO] = [8_000 / Math.SQRT2, 16_000 / Math.SQRT2];

const labs: Lab[] = [];

const start = async (quiet: readonly string[], ...names: readonly string[]): Promise<[Lab, ...LabPhone[]]> => {
  const lab = await startLab(PHONES);
  labs.push(lab);
  const phones = names.map((name) =>
    lab.phone({ name, calls: { sound: quiet.includes(name) ? 'silence' : 'tone', codecs: ['PCMU'] } }),
  );
  await Promise.all(phones.map((phone) => phone.registered()));
  return [lab, ...phones];
};

afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

/** Between a tenth less and a tenth more. */
const hears = (call: LabCall, loudness: number) =>
  expect.poll(() => Math.abs((call.media().loudness ?? -1) - loudness) <= loudness / 10, { timeout: 5_000 }).toBe(true);

const standing = async (lab: Lab): Promise<{ calls: { conference: string | null }[] }> =>
  (await (await fetch(lab.url('/api/calls'))).json()) as never;

describe('simulated phones', () => {
  it('meet in a room: by the key MeetMe, by lifting and dialling, and by SIP', async () => {
    const [lab, cipc, java, sip] = (await start([CIPC], CIPC, JAVA, CIPC_SIP)) as [Lab, LabPhone, LabPhone, LabPhone];
    cipc.press('NewCall');
    await expect.poll(() => cipc.screen?.keys).toContain('MeetMe');
    cipc.press('MeetMe');
    cipc.digits('*50');
    const [mine] = cipc.calls as [LabCall];
    await mine.connected();
    expect(mine.name).toBe('Conference');
    const others = [java.dial('*50'), sip.dial('*50')] as const;
    for (const call of others) await call.connected();
    await hears(mine, TWO);
    for (const call of others) await hears(call, ONE);
    expect((await standing(lab)).calls.map(({ conference }) => conference)).toEqual(['*50', '*50', '*50']);
    expect(await (await fetch(lab.url('/metrics'))).text()).toMatch(
      /^labcm_conferences 1\n[\s\S]*^labcm_conference_parties 3$/m,
    );
    const { steps } = (await (await fetch(lab.url(`/api/devices/${CIPC}/timeline`))).json()) as {
      steps: { text: string }[];
    };
    expect(steps.map(({ text }) => text)).toContainEqual(expect.stringMatching(/joins room \*50: 1 party now/));
    for (const phone of [cipc, java, sip]) phone.hangUp();
    await expect.poll(async () => (await standing(lab)).calls.length).toBe(0);
  });

  it.each([
    [CIPC, CIPC_SIP, GENERIC],
    [CIPC, JAVA, MODERN],
    [MODERN, CIPC, JAVA],
    [MODERN, CIPC_SIP, GENERIC],
    [JAVA, GENERIC, CIPC],
  ])('make a conference: %s of %s and %s, who talk on in two', async (maker, one, other) => {
    const [lab, a, b, c] = (await start([maker], maker, one, other)) as [Lab, LabPhone, LabPhone, LabPhone];
    const first = a.dial(NUMBERS[one] ?? '');
    const atB = await b.rings();
    b.answer();
    await first.connected();
    const second = a.consult(NUMBERS[other] ?? '', 'conference');
    const atC = await c.rings();
    c.answer();
    await second.connected();
    await first.reached('held');
    expect(a.confer()).toBe(second);
    await first.ended();
    await hears(second, TWO);
    for (const call of [atB, atC]) await hears(call, ONE);
    // SIP phones are given the number of the text in their dictionary.
    for (const { name } of [second, atB, atC]) expect(['Conference', '\u00804']).toContain(name);
    a.hangUp();
    await second.ended();
    await expect.poll(async () => (await standing(lab)).calls.map(({ conference }) => conference)).toEqual([null]);
    for (const call of [atB, atC]) await call.flows();
    await hears(atB, ONE);
    b.hangUp();
    await atC.ended();
    await expect.poll(async () => (await standing(lab)).calls.length).toBe(0);
  });

  it('make none where their maker’s key does not exist', async () => {
    const [, generic, cipc, java] = (await start([], GENERIC, CIPC, JAVA)) as [Lab, LabPhone, LabPhone, LabPhone];
    const first = generic.dial('5001');
    await cipc.rings();
    cipc.answer();
    await first.connected();
    const second = generic.consult('5002', 'conference');
    await java.rings();
    java.answer();
    await second.connected();
    expect(() => generic.confer()).toThrow(CallFault);
  });
});
