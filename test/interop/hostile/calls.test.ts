// A hundred calls stand, half of each protocol, while a hundred thousand changed messages of calls of each come: the phones
// in the calls hear nothing, the healthy phones beside them are answered as before, and every call still stands.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { callMessages } from '../../sccp/calls/call-messages.js';
import { mutated, seededRandom } from '../../support/random.js';
import { KEEPALIVE } from '../../support/sccp-phone.js';
import { attackerAt } from './sip-attacker.js';
import {
  hangUpBySccp,
  hangUpBySip,
  TalkingSccpPhone,
  TalkingSipPhone,
  talkBySccp,
  talkBySip,
  VERSION,
} from './standing-calls.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, type Target, underAttack } from './under-attack.js';

const PAIRS = 50;
const MESSAGES = 100_000;
/** Of each protocol in a second, so that what is measured is no queue of this machine's. */
const PER_SECOND = 3_000;
const SIP_ATTACKERS = ['127.0.80.1', '127.0.80.2', '127.0.80.3'];
/** One SCCP message in so many is not even framed, which ends its link. */
const MISFRAMED = 400;
const SCCP_BATCH = 10;

const numbers = Array.from({ length: PAIRS }, (_one, index) => index);
/** No number of an attacker's becomes one of these by a few changed digits. */
const sccpNumber = (index: number): string => String(71_000_000 + index);
const sipNumber = (index: number): string => String(72_000_000 + index);
const sccpName = (index: number): string => `SEP0000000C${index.toString(16).padStart(4, '0').toUpperCase()}`;
const sipName = (index: number): string => `SEP0000000D${index.toString(16).padStart(4, '0').toUpperCase()}`;
const SCCP_ATTACKERS = ['SEP0000000E0001', 'SEP0000000E0002', 'SEP0000000E0003'];

const device = (name: string, model: number, protocol: string, dn: string): string =>
  `  - { name: ${name}, model: ${model}, protocol: ${protocol}, lines: [{ dn: "${dn}" }] }`;

const DEVICES = [
  ...numbers
    .flatMap((index) => [2 * index, 2 * index + 1])
    .flatMap((index) => [
      device(sccpName(index), 7962, 'SCCP', sccpNumber(index)),
      device(sipName(index), 8851, 'SIP', sipNumber(index)),
    ]),
  ...SCCP_ATTACKERS.map((name, index) => device(name, 7962, 'SCCP', `6${index}`)),
  device('SEP0000000F0001', 8851, 'SIP', '51'),
  device('SEP0000000F0002', 8851, 'SIP', '52'),
].join('\n');

/** How many messages are to have been sent by now. */
const dueSince = (began: number): number => Math.min(MESSAGES, ((performance.now() - began) * PER_SECOND) / 1_000);

const attackBySip = async ({ sipUdp }: Target, corpus: readonly Buffer[]): Promise<number> => {
  const random = seededRandom(5_060);
  const attackers = await Promise.all(SIP_ATTACKERS.map((address) => attackerAt(address, sipUdp)));
  let sent = 0;
  const began = performance.now();
  while (sent < MESSAGES) {
    const due = dueSince(began);
    for (; sent < due; sent += 1) {
      const original = corpus[random.below(corpus.length)] as Buffer;
      const text = original.toString('latin1').replace(/branch=z9hG4bKc\d+/, `branch=z9hG4bKm${sent}`);
      attackers[sent % attackers.length]?.send(mutated(Buffer.from(text, 'latin1'), random));
    }
    await pause(1);
  }
  for (const attacker of attackers) attacker.close();
  return sent;
};

/** What a phone says of calls, `about` this one's. */
const saidOf = ({ reference, party }: TalkingSccpPhone, far: number): readonly Buffer[] =>
  callMessages(VERSION, { reference, receiving: new Map([[party, 0]]) }, `6${far}`);

const attackBySccp = async ({ sccp }: Target, ours: readonly TalkingSccpPhone[]): Promise<number> => {
  const random = seededRandom(2_000);
  const ofOthers = ours.map((phone, index) => saidOf(phone, index % SCCP_ATTACKERS.length));
  const began = performance.now();
  let sent = 0;
  const changed = (list: readonly Buffer[]): Buffer => {
    const message = list[random.below(list.length)] as Buffer;
    if (random.below(MISFRAMED) === 0) return mutated(message, random);
    const body = Buffer.alloc(message.length - 12);
    mutated(message.subarray(12), random).copy(body);
    return Buffer.concat([message.subarray(0, 12), body]);
  };
  const attack = async (name: string): Promise<void> => {
    while (sent < MESSAGES) {
      const phone = await TalkingSccpPhone.comeUp(sccp, name).catch(() => undefined);
      if (phone === undefined) continue;
      let hasEnded = false;
      void phone.link.ended.then(() => {
        hasEnded = true;
      });
      while (!hasEnded && sent < MESSAGES) {
        if (sent < dueSince(began)) {
          const own = saidOf(phone, random.below(SCCP_ATTACKERS.length));
          const batch = Array.from({ length: SCCP_BATCH }, () =>
            changed(random.below(2) === 0 ? own : (ofOthers[random.below(ofOthers.length)] as readonly Buffer[])),
          );
          phone.link.write(Buffer.concat(batch));
          sent += SCCP_BATCH;
        }
        await pause(1);
      }
      if (!hasEnded) {
        phone.link.write(KEEPALIVE); // it has read everything once it answers
        await Promise.race([phone.hear('KeepAliveAckMessage').catch(() => {}), phone.link.ended]);
      }
      await phone.link.close();
    }
  };
  await Promise.all(SCCP_ATTACKERS.map(attack));
  return sent;
};

/** For each pair, a few at a time: a crowd that comes up at once is another test's matter. */
const inTurns = async <T>(work: (index: number) => Promise<T>): Promise<readonly T[]> => {
  const done: T[] = [];
  for (let at = 0; at < PAIRS; at += 5) done.push(...(await Promise.all(numbers.slice(at, at + 5).map(work))));
  return done;
};

/** The event that labcm itself has failed. */
const FAULT = /"type":"(?:sccp|sip)\.failed"/;

const callsIn = async ({ api }: Target): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${api}/metrics`)).text();
  return Number(/^labcm_calls (\d+)/m.exec(metrics)?.[1] ?? Number.NaN);
};

test('changed messages of calls by the hundred thousand reach none of a hundred calls', MEASURED_AGAIN, async () => {
  const counts: Record<string, number> = {};
  const heard: string[] = [];
  const faults: string[] = [];
  const report = await underAttack({
    devices: DEVICES,
    work: async (target) => {
      const sccpPairs = await inTurns(async (index) => {
        const [a, b] = (await Promise.all(
          [2 * index, 2 * index + 1].map((each) => TalkingSccpPhone.comeUp(target.sccp, sccpName(each))),
        )) as [TalkingSccpPhone, TalkingSccpPhone];
        await talkBySccp(a, b, sccpNumber(2 * index + 1));
        return [a, b] as const;
      });
      const sipPhone = (index: number): Promise<TalkingSipPhone> =>
        TalkingSipPhone.comeUp(target.sipTcp, sipName(index), sipNumber(index), `127.0.90.${index + 1}`);
      const sipPairs = await inTurns(async (index) => {
        const a = await sipPhone(2 * index);
        const b = await sipPhone(2 * index + 1);
        return [a, b, await talkBySip(a, b)] as const;
      });
      const one = await TalkingSipPhone.comeUp(target.sipTcp, 'SEP0000000F0001', '51', '127.0.80.1');
      const two = await TalkingSipPhone.comeUp(target.sipTcp, 'SEP0000000F0002', '52', '127.0.80.2');
      one.texts.length = 0;
      two.texts.length = 0;
      const [dialog] = await talkBySip(one, two);
      for (const method of ['INFO', 'UPDATE', 'PRACK', 'REFER', 'NOTIFY', 'CANCEL']) one.request(dialog, method);
      await hangUpBySip(one, two, dialog);
      const corpus = [...one.texts, ...two.texts];
      // Messages of the standing calls too, with their Call-IDs and tags, from addresses that are not theirs.
      for (const [a, b] of sipPairs) corpus.push(...a.texts.slice(1), ...b.texts.slice(1));
      counts.before = await callsIn(target);
      const sccpPhones = sccpPairs.flat();
      for (const phone of sccpPhones) phone.heard.length = 0;
      for (const [a, b] of sipPairs) for (const phone of [a, b]) phone.fresh();

      const [sip, sccp] = await Promise.all([
        attackBySip(
          target,
          corpus.map((text) => Buffer.from(text, 'latin1')),
        ),
        attackBySccp(target, sccpPhones),
      ]);
      Object.assign(counts, { sip, sccp });

      await pause(500);
      for (const phone of sccpPhones) heard.push(...phone.heard);
      for (const [a, b] of sipPairs) for (const phone of [a, b]) heard.push(...phone.fresh().map(String));
      counts.still = await callsIn(target);
      await Promise.all(sccpPairs.map(([a, b]) => hangUpBySccp(a, b)));
      await Promise.all(sipPairs.map(([a, b, [dialogA]]) => hangUpBySip(a, b, dialogA)));
      for (const [a, b] of [...sipPairs, [one, two] as const]) for (const { socket } of [a, b]) socket.destroy();
      await Promise.all(sccpPhones.map(({ link }) => link.close()));
    },
    afterwards: async (target) => {
      counts.after = await callsIn(target);
      const logs = join(target.folder, 'logs');
      const texts = readdirSync(logs, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => readFileSync(join(logs, name), 'utf8'));
      counts.files = texts.length;
      faults.push(...texts.flatMap((text) => text.split('\n').filter((line) => FAULT.test(line))));
    },
  });
  process.stdout.write(`${JSON.stringify(counts)}; ${inShort(report)}\n`);
  expect(counts.before).toBe(2 * PAIRS);
  expect(counts.still).toBeGreaterThanOrEqual(2 * PAIRS);
  expect(heard).toEqual([]);
  expect(counts.files).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  expect(counts.after).toBeLessThanOrEqual(SCCP_ATTACKERS.length * 8);
  expectUnharmed(report, 160);
});
