// A rejected phone of Cisco's that asks the same again at once is told to wait; everybody else is judged.

import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/devices/policy.js';
import { RecentRejections } from '../../src/sip/registrar/recent-rejections.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { type SipHarness, sipHarness } from './harness.js';
import { ciscoRegister, header, type PhoneRequest, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const seed = (wishes: Parameters<typeof aDevice>[1] = {}) =>
  aDevice(SEED, { protocol: 'SIP', lines: ['5005'], ...wishes });

const asker = async ({ udp }: SipHarness, remote = { address: '10.10.210.200', port: 3311 }) => {
  const phone = await udp(remote);
  let cseq = 100;
  return (words: Partial<PhoneRequest> = {}) => {
    cseq += 1;
    const answers = phone.ask(ciscoRegister({ transport: 'UDP', cseq, model: 621, ...words }));
    return answers.find(({ kind, status }) => kind === 'response' && status >= 200);
  };
};

describe('a Cisco phone that was rejected', () => {
  it('is told to wait for thirty seconds, and is judged again after them', async () => {
    const lab = await sipHarness([seed()]);
    const ask = await asker(lab);
    expect(ask()?.status).toBe(485);
    lab.clock.advance(29_000);
    const wait = ask();
    expect([wait?.status, header(wait, 'Expires'), header(wait, 'Retry-After'), header(wait, 'Warning')]).toEqual([
      503,
      '0',
      '35',
      '399 CM1 "Device handler is shutting down"',
    ]);
    expect(lab.probe.of('device.rejected')).toHaveLength(1);
    expect(lab.probe.of('sip.register-answered').at(-1)).toMatchObject({
      device: SEED,
      status: 503,
      warning: 'Device handler is shutting down',
    });
    lab.clock.advance(1_001);
    expect(ask()?.status).toBe(485);
  });

  it('is judged anew once its configuration has changed', async () => {
    const lab = await sipHarness([seed()]);
    const ask = await asker(lab);
    expect([ask()?.status, ask()?.status]).toEqual([485, 503]);
    lab.database.configure([seed({ model: '7821' })], lab.clock.now());
    expect(ask()?.status).toBe(200);
  });

  it('is judged anew once it is configured, and once the policy has changed', async () => {
    const lab = await sipHarness([]);
    const ask = await asker(lab);
    expect([ask()?.status, ask()?.status]).toEqual([404, 503]);
    lab.database.configure([seed()], lab.clock.now());
    expect([ask()?.status, ask()?.status]).toEqual([485, 503]);
    lab.database.setPolicy({ ...DEFAULT_POLICY, model: 'any' }, 'Default');
    lab.server.apply({ ...DEFAULT_SIP, address: '10.10.210.10' });
    expect(ask()?.status).toBe(200);
  });

  it('is judged where it says something else, and so is who has its name elsewhere', async () => {
    const lab = await sipHarness([seed()]);
    const ask = await asker(lab);
    expect([ask()?.status, ask()?.status]).toEqual([485, 503]);
    expect((await asker(lab, { address: '10.10.210.201', port: 3311 }))({ callId: 'elsewhere' })?.status).toBe(485);
    expect(ask({ model: 30016 })?.status).toBe(200);
  });

  it('is judged while its device is registered', async () => {
    const lab = await sipHarness([seed()]);
    const ask = await asker(lab);
    expect(ask({ model: 30016 })?.status).toBe(200);
    const wrongLine = () => ask({ model: 30016, dn: '5999', callId: 'second-line' })?.status;
    expect([wrongLine(), wrongLine()]).toEqual([404, 404]);
    expect(ask({ model: 30016 })?.status).toBe(200);
  });
});

it('a phone of another maker is judged each time', async () => {
  const { udp } = await sipHarness([]);
  const phone = await udp();
  const ask = (cseq: number) => phone.ask(plain('REGISTER', '6001', { transport: 'UDP', cseq })).at(-1)?.status;
  expect([ask(1), ask(2)]).toEqual([404, 404]);
});

it('rejected names are remembered in a bounded number, the newest', () => {
  const clock = new ManualClock();
  const closing = new RecentRejections();
  for (let each = 0; each < 10_000; each += 1) closing.add(anAttempt(`SEP${each}`, 'SIP'), clock.now());
  expect(closing.size).toBe(4_096);
  expect(closing.has(anAttempt('SEP9999', 'SIP'), clock.now())).toBe(true);
  clock.advance(30_001);
  closing.add(anAttempt('SEPA', 'SIP'), clock.now());
  expect(closing.size).toBe(1);
});
