import { minutes, seconds } from '../../core/time.js';
import { ID } from '../../sip/message/headers.js';
import { authorizationOf, challengeOf, type RegisterCredentials } from '../sip/digest.js';
import type { FaultRunner } from './fault-runner.js';
import { finding, type Misbehaviour } from './misbehaviour.js';

const credentialsOf = ({ plan: { line, node } }: FaultRunner): RegisterCredentials => ({
  user: line.authName,
  password: line.authPassword,
  uri: `sip:${node.address}`,
  nonceCount: 1,
  clientNonce: '0a4f113b',
});

/** The faults that only SIP has. */
export const SIP_FAULTS = {
  'stale-digest': {
    protocols: ['SIP'],
    does: 'answers a challenge after eleven minutes, where its device has a password',
    must: 'challenge it anew and say that the nonce is stale',
    run: async (runner) => {
      const first = await runner.open();
      first.send(runner.sipRegister(first));
      await first.waitFor(/^401/);
      const challenge = first.responses.map(challengeOf).find((one) => one !== undefined);
      if (challenge === undefined) return finding(false, first);
      await runner.wait(minutes(11));
      const link = await runner.open();
      const authorization = authorizationOf(challenge, credentialsOf(runner));
      link.send(runner.sipRegister(link, { authorization }));
      await link.waitFor(/^401/);
      return finding(
        link.responses.some((answer) => challengeOf(answer)?.stale === true),
        link,
      );
    },
  },
  'invented-digest': {
    protocols: ['SIP'],
    does: 'sends credentials for a nonce that nobody gave, where its device has a password',
    must: 'challenge it anew, without a word of what was wrong',
    run: async (runner) => {
      const link = await runner.open();
      const invented = {
        realm: 'ccmsipline',
        nonce: 'A'.repeat(32),
        algorithm: 'MD5',
        hasQop: false,
        opaque: undefined,
        stale: false,
      };
      const authorization = authorizationOf(invented, credentialsOf(runner));
      link.send(runner.sipRegister(link, { authorization }));
      await link.waitFor(/^401/);
      return finding(
        link.responses.some((answer) => challengeOf(answer)?.stale === false),
        link,
      );
    },
  },
  'low-cseq': {
    protocols: ['SIP'],
    does: 'registers again with a lower CSeq',
    must: 'refuse it and change nothing',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link, { cseq: 500 }));
      await link.waitFor(/^200/);
      link.send(runner.sipRegister(link, { cseq: 400 }));
      return finding(await link.waitFor(/^(400|500)/), link);
    },
  },
  'too-brief': {
    protocols: ['SIP'],
    does: 'wants to register for ten seconds',
    must: 'say how long it must be',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link, { expires: 10 }));
      await link.waitFor(/^423/);
      return finding(
        link.responses.some((answer) => Number(answer.text(ID['Min-Expires'])) > 10),
        link,
      );
    },
  },
  'wrong-line': {
    protocols: ['SIP'],
    does: 'registers a number that its device has not',
    must: 'refuse it and say so',
    needsNoLine: true,
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link, { line: { ...runner.plan.line, dn: '999999', contact: '999999' } }));
      return finding(await link.waitFor(/^404/), link);
    },
  },
  'wrong-star': {
    protocols: ['SIP'],
    does: 'takes back all its contacts with an Expires of an hour',
    must: 'answer 400',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link).replace(/^Contact:.*\r\n/m, 'Contact: *\r\n'));
      return finding(await link.waitFor(/^400/), link);
    },
  },
  'no-call-id': {
    protocols: ['SIP'],
    does: 'sends a REGISTER without a Call-ID',
    must: 'answer 400',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link).replace(/^Call-ID:.*\r\n/m, ''));
      return finding(await link.waitFor(/^400/), link);
    },
  },
  'no-length': {
    protocols: ['SIP'],
    does: 'leaves out the Content-Length on a stream',
    must: 'answer 400 and close, since nobody knows where the next message begins',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link).replace(/^Content-Length:.*\r\n/m, ''));
      const isRefused = await link.waitFor(/^400/);
      return finding(isRefused && (await link.waitForClose(seconds(10))), link);
    },
  },
  endless: {
    protocols: ['SIP'],
    does: 'sends a header without an end',
    must: 'answer 513 or nothing, and close',
    run: async (runner) => {
      const link = await runner.open();
      const text = runner.sipRegister(link);
      link.send(`${text.slice(0, text.indexOf('\r\n\r\n'))}\r\nX-Endless: ${'y'.repeat(60_000)}`);
      return finding(await link.waitForClose(seconds(60)), link);
    },
  },
  repeats: {
    protocols: ['SIP'],
    does: 'sends the same REGISTER five times, octet for octet',
    must: 'give the same answer five times',
    run: async (runner) => {
      const link = await runner.open();
      const text = runner.sipRegister(link);
      for (let count = 0; count < 5; count += 1) link.send(text);
      const finals = (): string[] =>
        link.responses.filter(({ status }) => status >= 200).map(({ bytes }) => bytes.toString('latin1'));
      await link.until(() => finals().length >= 5);
      return finding(finals().length === 5 && new Set(finals()).size === 1, link);
    },
  },
  flood: {
    protocols: ['SIP'],
    does: 'sends five hundred refreshes at once',
    must: 'answer every one',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      for (let count = 0; count < 500; count += 1) link.send(runner.sipRegister(link));
      const count = (): number => link.responses.filter(({ status }) => status === 200).length;
      await link.until(() => count() >= 501, seconds(60));
      return finding(count() === 501, link);
    },
  },
  'junk-body': {
    protocols: ['SIP'],
    does: 'offers options in XML that is none',
    must: 'register it all the same',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sipRegister(link, { offer: ['<<<<combine', '&nothing;', '</'] }));
      return finding(await link.waitFor(/^200/), link);
    },
  },
} as const satisfies Record<string, Misbehaviour>;
