// Simulated phones call each other through a whole daemon on loopback, over both protocols and mixed
// (`docs/protocols/calls.md` §10, calls 1 to 6): signalling, media in both directions, and nothing left over.

import { afterEach, describe, expect, it } from 'vitest';
import { CallFault, type Lab, type LabConfig, type LabPhone, type LabPhoneSpec, startLab } from '../../src/lab.js';

const CIPC = 'ipctest2';
const JAVA = 'SEP001122334455';
const MODERN = 'SEP001122334456';
const OLD_SIP = 'SEP001122334457';
const CIPC_SIP = 'SEP001122334458';
const GENERIC = 'SEP001122334459';

const NUMBERS: Readonly<Record<string, string>> = {
  [CIPC]: '5001',
  [JAVA]: '5002',
  [MODERN]: '5003',
  [OLD_SIP]: '5004',
  [CIPC_SIP]: '5005',
  [GENERIC]: '5006',
};

const PHONES: LabConfig = {
  devices: [
    { name: CIPC, model: 'CIPC', protocol: 'SCCP', mac: '005056A1033D', lines: ['5001'] },
    { name: JAVA, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: MODERN, model: '8851', lines: ['5003'] },
    { name: OLD_SIP, model: '7960', protocol: 'SIP', lines: ['5004'] },
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

const labs: Lab[] = [];

const start = async (configuration: LabConfig = PHONES): Promise<Lab> => {
  const lab = await startLab(configuration);
  labs.push(lab);
  return lab;
};

afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

const two = async (lab: Lab, a: LabPhoneSpec, b: LabPhoneSpec): Promise<readonly [LabPhone, LabPhone]> => {
  const phones = [lab.phone(a), lab.phone(b)] as const;
  await Promise.all(phones.map((phone) => phone.registered()));
  return phones;
};

const standing = async (lab: Lab): Promise<number> => {
  const answer = (await (await fetch(lab.url('/api/calls'))).json()) as { total: number };
  return answer.total;
};

/** The screen but for Redial, which the first call brings. */
const idleScreen = ({ screen }: LabPhone) => ({ ...screen, keys: screen?.keys.filter((key) => key !== 'Redial') });

const ALL = [CIPC, JAVA, MODERN, OLD_SIP, CIPC_SIP, GENERIC];
const PAIRS = ALL.flatMap((a) => ALL.filter((b) => b !== a).map((b) => [a, b] as const));

describe('a call', () => {
  it.each(PAIRS)('from %s to %s: it rings, is answered, is heard in both directions, and ends', async (a, b) => {
    const lab = await start();
    const [caller, callee] = await two(lab, { name: a }, { name: b });
    const before = [caller, callee].map(idleScreen);
    const call = caller.dial(NUMBERS[b] ?? '');
    const rung = await callee.rings();
    expect(rung).toMatchObject({ direction: 'in', number: NUMBERS[a] });
    await call.reached('ringing');
    callee.answer();
    await call.connected();
    await rung.connected();
    const heard = await call.flows();
    const heardThere = await rung.flows();
    expect(heard.codec).toBe(heardThere.codec);
    expect(heard.to).toBe(heardThere.local);
    expect(heardThere.to).toBe(heard.local);
    caller.hangUp();
    await rung.ended();
    await call.ended();
    expect([call.endedBy, rung.endedBy]).toEqual(['phone', 'far']);
    expect(call.media().lost + rung.media().lost).toBe(0);
    await expect.poll(() => [caller, callee].map(idleScreen)).toEqual(before);
    await expect.poll(() => standing(lab)).toBe(0);
  });
});

const BOTH: readonly (readonly [string, string])[] = [
  [CIPC, JAVA],
  [MODERN, CIPC_SIP],
  [JAVA, MODERN],
  [MODERN, JAVA],
  [GENERIC, CIPC],
];

describe('a call that does not come about', () => {
  it.each(BOTH)('from %s to %s: the called user refuses', async (a, b) => {
    const [caller, callee] = await two(await start(), { name: a }, { name: b });
    const before = idleScreen(callee);
    const call = caller.dial(NUMBERS[b] ?? '');
    const rung = await callee.rings();
    callee.hangUp();
    await rung.ended();
    await call.reached('failed');
    expect(call.why).toMatch(/Busy|603/);
    caller.hangUp();
    await call.ended();
    await expect.poll(() => idleScreen(callee)).toEqual(before);
  });

  it.each(BOTH)('from %s to %s: the caller gives up', async (a, b) => {
    const lab = await start();
    const [caller, callee] = await two(lab, { name: a }, { name: b });
    const before = [caller, callee].map(idleScreen);
    const call = caller.dial(NUMBERS[b] ?? '');
    const rung = await callee.rings();
    await call.reached('ringing');
    caller.hangUp();
    await Promise.all([call.ended(), rung.ended()]);
    expect(rung.endedBy).toBe('far');
    await expect.poll(() => [caller, callee].map(idleScreen)).toEqual(before);
    await expect.poll(() => standing(lab)).toBe(0);
  });

  it.each(BOTH)('from %s to %s: the called phone is busy', async (a, b) => {
    const [caller] = await two(await start(), { name: a }, { name: b, calls: { answer: 'busy' } });
    const call = caller.dial(NUMBERS[b] ?? '');
    await call.reached('failed');
    // An SCCP phone has one key for both: its user rejects the call.
    const isSccp = b === CIPC || b === JAVA;
    expect(call.cause).toBe(isSccp && call.why.includes('603') ? 21 : 17);
  });

  it.each(BOTH)('from %s to nobody', async (a) => {
    const lab = await start();
    const caller = await lab.phone({ name: a }).registered();
    const call = caller.dial('*45');
    await call.reached('failed');
    expect(call).toMatchObject({ cause: 1 });
    expect(call.why).toMatch(/Unknown Number|404/);
    expect(caller.screen?.tone).not.toBe('');
    caller.hangUp();
    await call.ended();
    await expect.poll(() => caller.screen).toMatchObject({ tone: '', calls: [], lamps: [] });
  });

  it.each(BOTH)('from %s to %s: they have no codec in common', async (a, b) => {
    const [caller, callee] = await two(
      await start(),
      { name: a, calls: { codecs: ['PCMA'] } },
      { name: b, calls: { codecs: ['PCMU'], answer: '1ms' } },
    );
    const call = caller.dial(NUMBERS[b] ?? '');
    await call.reached('failed');
    expect(call.cause ?? 47).toBe(47);
    await expect.poll(() => callee.calls.filter(({ state }) => state !== 'failed')).toEqual([]);
  });
});

describe('a call on hold', () => {
  it.each(BOTH)('from %s to %s: each side holds and resumes, and they hear each other again', async (a, b) => {
    const [caller, callee] = await two(await start(), { name: a }, { name: b, calls: { answer: '1ms' } });
    const call = caller.dial(NUMBERS[b] ?? '');
    await call.connected();
    const [other] = callee.calls;
    await call.flows();
    for (const [holder, mine, far] of [
      [caller, call, other],
      [callee, other, call],
    ] as const) {
      holder.hold();
      await mine?.reached('held');
      await expect.poll(() => far?.media().to).toBeUndefined();
      expect(mine?.media().to).toBeUndefined();
      holder.resume();
      await mine?.connected();
      await mine?.flows();
      await far?.flows();
    }
    callee.hangUp();
    await call.ended();
    expect(call.endedBy).toBe('far');
  });
});

describe('a phone', () => {
  it('hears itself at the echo service', async () => {
    const lab = await start();
    for (const name of [CIPC, MODERN]) {
      const phone = await lab.phone({ name }).registered();
      const call = phone.dial('*41');
      await call.flows({ packets: 20 });
      phone.hangUp();
      await call.ended();
    }
  });

  it.each(['enbloc', 'newCall'] as const)('dials in another way: %s', async (way) => {
    const [caller, callee] = await two(await start(), { name: CIPC }, { name: JAVA });
    const call = caller.dial('5002', { way });
    await callee.rings();
    await expect.poll(() => caller.screen?.speaker).toBe(true);
    callee.answer();
    await call.flows();
    expect(caller.screen).toMatchObject({ calls: ['1: Connected'], prompt: 'Connected', openPorts: 1 });
    expect(caller.screen?.keys).toContain('Hold');
    caller.hangUp();
    await call.ended();
    await expect.poll(() => caller.screen?.speaker).toBe(false);
  });

  it('says what its user cannot do now', async () => {
    const lab = await start();
    const phone = lab.phone({ name: CIPC });
    expect(() => phone.dial('5002')).toThrow(new CallFault('ipctest2 is not registered'));
    await phone.registered();
    expect(() => phone.answer()).toThrow('ipctest2 has no call that rings');
    expect(() => phone.hangUp()).toThrow('ipctest2 has no call that stands');
    expect(() => phone.press('Trnsfer')).toThrow('the phone shows no key Trnsfer; it shows NewCall');
    await expect(phone.rings({ within: '10ms' })).rejects.toThrow('ipctest2 does not ring within 10 ms');
  });

  it('talks on when its link is lost, and the other side keeps its media until it hangs up', async () => {
    const [caller, callee] = await two(await start(), { name: CIPC }, { name: JAVA, calls: { answer: '1ms' } });
    const call = caller.dial('5002');
    await call.connected();
    await call.flows();
    const [other] = callee.calls;
    caller.unplug();
    expect(call.endedBy).toBe('link');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(other?.state).toBe('connected');
    const { sent } = other?.media() ?? { sent: 0 };
    await expect.poll(() => other?.media().sent).toBeGreaterThan(sent + 5);
    callee.hangUp();
    await other?.ended();
  });

  it('publishes what happens as steps', async () => {
    const lab = await start();
    const steps = lab.events('phone.dialling', 'phone.rings', 'phone.call-connected', 'phone.call-ended');
    const [caller, callee] = await two(lab, { name: CIPC }, { name: MODERN, calls: { answer: '1ms' } });
    const call = caller.dial('5003');
    await call.connected();
    await call.flows();
    caller.hangUp();
    await expect.poll(() => callee.calls).toEqual([]);
    const seen: string[] = [];
    for await (const step of steps) {
      seen.push(`${step.phone} ${step.type}`);
      if (step.type === 'phone.call-ended') expect(step).toMatchObject({ lost: 0 });
      if (seen.filter((one) => one.endsWith('ended')).length === 2) break;
    }
    expect(seen.slice(0, 2)).toEqual([`${CIPC} phone.dialling`, `${MODERN} phone.rings`]);
    expect(new Set(seen.slice(2, 4))).toEqual(
      new Set([`${CIPC} phone.call-connected`, `${MODERN} phone.call-connected`]),
    );
  });
});
