// A hundred calls stand while others send thousands of changed messages of calls: the calls' phones notice nothing.

import { expect, it } from 'vitest';
import { DEFAULT_CALLS } from '../../../src/calls/index.js';
import { NO_FORWARD } from '../../../src/devices/line-forward.js';
import { mutated, seededRandom } from '../../support/random.js';
import { aCapabilitiesRes } from '../../support/sccp-harness.js';
import { callMessages } from './call-messages.js';
import { type CallTestPhone, G711, phoneLab, VERSIONS } from './harness.js';

const CALLS = 100;
const MESSAGES = 10_000;
const EVERY = 100;

it('ten thousand changed messages reach none of a hundred calls', async () => {
  // No number of an attacker's becomes one of the others' by a few changed digits.
  const healthy = Array.from({ length: 2 * CALLS }, (_one, index) => ({
    dn: String(70_000_000 + index),
    version: VERSIONS[index % VERSIONS.length] ?? 20,
  }));
  const attackers = VERSIONS.map((version, index) => ({ dn: `5${index}`, version }));
  const lab = await phoneLab(
    [...healthy, ...attackers],
    { limits: { ...DEFAULT_CALLS.limits, perSecond: 1_000 } },
    { canSet: true },
  );
  const { control, harness, phones } = lab;
  const pairs = Array.from(
    { length: CALLS },
    (_one, index) => [phones[2 * index], phones[2 * index + 1]] as readonly [CallTestPhone, CallTestPhone],
  );
  for (const [a, b] of pairs) {
    a.lift();
    a.digits(b.dn);
    lab.settle();
    b.lift();
    lab.settle();
  }
  const standing = new Set(control.calls);
  expect(standing.size).toBe(CALLS);
  const ours = phones.slice(0, 2 * CALLS);
  const shown = ours.map(({ traces }) => traces);
  for (const phone of ours) phone.fresh();

  const random = seededRandom(20_110_114);
  const others = phones.slice(2 * CALLS);
  for (const phone of others) phone.ack = 'silent'; // what it answers is among its messages
  const renew = (phone: CallTestPhone): void => {
    const { port } = phone.link.link.remote;
    const link = harness.phone({ address: phone.address, port: port + 1 });
    link.register(phone.name, { protocolVer: phone.version });
    link.say('CapabilitiesResMessage', aCapabilitiesRes(G711), 'trimmed');
    Object.assign(phone, { link });
    phone.callStates.clear();
    phone.receiving.clear();
    phone.sending.clear();
  };
  for (let count = 0; count < MESSAGES; count += 1) {
    const phone = others[random.below(others.length)] as CallTestPhone;
    if (phone.link.link.closed !== undefined) renew(phone);
    // Its own references, and those of calls that are not its own.
    const about = random.below(2) === 0 ? phone : (ours[random.below(ours.length)] as CallTestPhone);
    const far = others[random.below(others.length)] as CallTestPhone;
    const list = callMessages(phone.version, about, far.dn);
    const message = list[random.below(list.length)] as Buffer;
    const isFramed = random.below(8) > 0;
    const body = mutated(message.subarray(12), random);
    const fitted = Buffer.alloc(message.length - 12);
    body.copy(fitted);
    const changed = isFramed ? Buffer.concat([message.subarray(0, 12), fitted]) : mutated(message, random);
    phone.link.link.deliver(changed);
    if (count % EVERY === 0) {
      for (const each of others) each.hear();
      harness.clock.advance(20);
    }
  }

  expect(harness.probe.of('sccp.failed')).toEqual([]);
  expect([...standing].filter((call) => !control.calls.has(call))).toEqual([]);
  for (const phone of ours) phone.hear();
  expect(ours.flatMap((phone) => phone.fresh().map(({ name }) => `${phone.name} ${name}`))).toEqual([]);
  expect(ours.map(({ traces }) => traces)).toEqual(shown);
  for (const { name } of ours)
    expect(harness.database.byName(name)?.configured).toMatchObject({
      doNotDisturb: undefined,
      lines: [{ forward: NO_FORWARD }],
    });
  for (const phone of others) phone.link.link.hangUp();
  for (const [a, b] of pairs) {
    a.hangUp();
    lab.settle();
    b.hangUp();
  }
  lab.pass(13 * 3600 * 1000);
  expect(lab.isIdle).toBe(true);
}, 60_000);
