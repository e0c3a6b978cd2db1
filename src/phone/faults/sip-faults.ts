// Faults that only SIP has.

import { minutes, seconds } from '../../core/time.js';
import { ID } from '../../sip/message/headers.js';
import { authorizationOf, challengeOf } from '../sip/digest.js';
import { finding, type Misbehaviour } from './misbehaviour.js';

export const SIP_FAULTS = {
  'stale-digest': {
    protocols: ['SIP'],
    does: 'answers a challenge after eleven minutes, where its device has a password',
    must: 'challenge it anew and say that the nonce is stale',
    run: async (bench) => {
      const { line, node } = bench.plan;
      const first = await bench.open();
      first.say(bench.sipRegister(first));
      await first.hears(/^401/);
      const challenge = first.answers.map(challengeOf).find((one) => one !== undefined);
      if (challenge === undefined) return finding(false, first);
      await bench.wait(minutes(11));
      const link = await bench.open();
      const uri = `sip:${node.address}`;
      const authorization = authorizationOf(
        challenge,
        line.authName,
        line.authPassword,
        'REGISTER',
        uri,
        1,
        '0a4f113b',
      );
      link.say(bench.sipRegister(link, { authorization }));
      await link.hears(/^401/);
      return finding(
        link.answers.some((answer) => challengeOf(answer)?.stale === true),
        link,
      );
    },
  },
  'invented-digest': {
    protocols: ['SIP'],
    does: 'sends credentials for a nonce that nobody gave, where its device has a password',
    must: 'challenge it anew, without a word of what was wrong',
    run: async (bench) => {
      const { line, node } = bench.plan;
      const link = await bench.open();
      const invented = {
        realm: 'ccmsipline',
        nonce: 'A'.repeat(32),
        algorithm: 'MD5',
        quality: false,
        opaque: undefined,
        stale: false,
      };
      const uri = `sip:${node.address}`;
      const authorization = authorizationOf(invented, line.authName, line.authPassword, 'REGISTER', uri, 1, '0a4f113b');
      link.say(bench.sipRegister(link, { authorization }));
      await link.hears(/^401/);
      return finding(
        link.answers.some((answer) => challengeOf(answer)?.stale === false),
        link,
      );
    },
  },
  'low-cseq': {
    protocols: ['SIP'],
    does: 'registers again with a lower CSeq',
    must: 'refuse it and change nothing',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link, { cseq: 500 }));
      await link.hears(/^200/);
      link.say(bench.sipRegister(link, { cseq: 400 }));
      return finding(await link.hears(/^(400|500)/), link);
    },
  },
  'too-brief': {
    protocols: ['SIP'],
    does: 'wants to register for ten seconds',
    must: 'say how long it must be',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link, { expires: 10 }));
      await link.hears(/^423/);
      return finding(
        link.answers.some((answer) => Number(answer.text(ID['Min-Expires'])) > 10),
        link,
      );
    },
  },
  'wrong-line': {
    protocols: ['SIP'],
    does: 'registers a number that its device has not',
    must: 'refuse it and say so',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link, { line: { ...bench.plan.line, dn: '999999' } }));
      return finding(await link.hears(/^404/), link);
    },
  },
  'wrong-star': {
    protocols: ['SIP'],
    does: 'takes back all its contacts with an Expires of an hour',
    must: 'answer 400',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link).replace(/^Contact:.*\r\n/m, 'Contact: *\r\n'));
      return finding(await link.hears(/^400/), link);
    },
  },
  'no-call-id': {
    protocols: ['SIP'],
    does: 'sends a REGISTER without a Call-ID',
    must: 'answer 400',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link).replace(/^Call-ID:.*\r\n/m, ''));
      return finding(await link.hears(/^400/), link);
    },
  },
  'no-length': {
    protocols: ['SIP'],
    does: 'leaves out the Content-Length on a stream',
    must: 'answer 400 and close, since nobody knows where the next message begins',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link).replace(/^Content-Length:.*\r\n/m, ''));
      const told = await link.hears(/^400/);
      return finding(told && (await link.isClosed(seconds(10))), link);
    },
  },
  endless: {
    protocols: ['SIP'],
    does: 'sends a header without an end',
    must: 'answer 513 or nothing, and close',
    run: async (bench) => {
      const link = await bench.open();
      const text = bench.sipRegister(link);
      link.say(`${text.slice(0, text.indexOf('\r\n\r\n'))}\r\nX-Endless: ${'y'.repeat(60_000)}`);
      return finding(await link.isClosed(seconds(60)), link);
    },
  },
  repeats: {
    protocols: ['SIP'],
    does: 'sends the same REGISTER five times, octet for octet',
    must: 'give the same answer five times',
    run: async (bench) => {
      const link = await bench.open();
      const text = bench.sipRegister(link);
      for (let count = 0; count < 5; count += 1) link.say(text);
      const finals = (): string[] =>
        link.answers.filter(({ status }) => status >= 200).map(({ bytes }) => bytes.toString('latin1'));
      await link.until(() => finals().length >= 5);
      return finding(finals().length === 5 && new Set(finals()).size === 1, link);
    },
  },
  flood: {
    protocols: ['SIP'],
    does: 'sends five hundred refreshes at once',
    must: 'answer every one',
    run: async (bench) => {
      const link = await bench.open();
      await bench.comeUp(link);
      for (let count = 0; count < 500; count += 1) link.say(bench.sipRegister(link));
      const count = (): number => link.answers.filter(({ status }) => status === 200).length;
      await link.until(() => count() >= 501, seconds(60));
      return finding(count() === 501, link);
    },
  },
  'junk-body': {
    protocols: ['SIP'],
    does: 'offers options in XML that is none',
    must: 'register it all the same',
    run: async (bench) => {
      const link = await bench.open();
      link.say(bench.sipRegister(link, { offer: ['<<<<combine', '&nothing;', '</'] }));
      return finding(await link.hears(/^200/), link);
    },
  },
} as const satisfies Record<string, Misbehaviour>;
