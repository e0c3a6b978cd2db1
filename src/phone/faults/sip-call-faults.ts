// The faults of SIP phones in calls (`docs/protocols/calls.md` §8). Each calls a number that answers at once and has
// sound: the echo service, unless another is given.

import { milliseconds, seconds } from '../../core/time.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { codecNamed, codecOfPayload } from '../calls/codecs.js';
import { causeOf } from '../sip/call-headers.js';
import { type CallSide, requestText, responseText } from '../sip/call-texts.js';
import { type OfferedCodec, writeDescription } from '../sip/sdp.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';
import { finding, type Misbehaviour } from './misbehaviour.js';

/** A 200 is repeated for 32 seconds (RFC 3261 §13.3.1.4). */
const ACK_MISSED_WITHIN = seconds(40);

/** The texts of one call. Its Call-ID and tags are the same for every request. */
class FaultyCall {
  readonly #runner: FaultRunner;
  readonly #link: FaultyLink;
  readonly #side: CallSide;
  #to: string;
  #cseq = 101;

  constructor(runner: FaultRunner, link: FaultyLink, number = runner.peer) {
    const { identity, line, node } = runner.plan;
    this.#runner = runner;
    this.#link = link;
    this.#side = { identity, line, local: link.local, node: node.address, sessionId: '', date: () => undefined };
    this.#to = `<sip:${number}@${node.address}>`;
  }

  invite(body = this.offer([PCMU])): void {
    this.#send('INVITE', this.#cseq, `invite${this.#cseq}`, body);
  }

  /** An offer of those codecs. */
  offer(codecs: readonly OfferedCodec[]): string {
    const { address } = this.#link.local;
    return writeDescription({
      ...{ form: 'cisco', session: 1, version: 0, address, port: 20_000, direction: 'sendrecv', codecs },
    });
  }

  ack(): void {
    this.#learn();
    this.#send('ACK', this.#cseq, 'ack');
  }

  cancel(): void {
    this.#send('CANCEL', this.#cseq, `invite${this.#cseq}`);
  }

  /** A BYE with a new CSeq, after the dialog is known. */
  bye(): void {
    this.#learn();
    this.#cseq += 1;
    this.#send('BYE', this.#cseq, `bye${this.#cseq}`);
  }

  /** Answers a request of the server's with 200. */
  agree(request: SipMessage): void {
    this.#link.send(responseText(this.#side, request, { status: 200 }));
  }

  /** The responses to a method, the provisional ones left out. */
  finals(method: string): readonly SipMessage[] {
    return this.#link.responses.filter(({ status, cseq }) => status >= 200 && cseq?.method === method);
  }

  async final(method: string, count = 1): Promise<SipMessage | undefined> {
    await this.#link.until(() => this.finals(method).length >= count, seconds(10));
    return this.finals(method)[count - 1];
  }

  #learn(): void {
    this.#to = this.finals('INVITE').at(-1)?.text(ID.To) ?? this.#to;
  }

  #send(method: string, cseq: number, branch: string, body?: string): void {
    const { line, node } = this.#runner.plan;
    const number = /sip:([^@]+)@/.exec(this.#to)?.[1] ?? '';
    const text = requestText(this.#side, {
      ...{ method, cseq, branch: `z9hG4bK${branch}`, to: this.#to, callId: `call@${this.#link.local.address}` },
      uri: `sip:${number}@${node.address}`,
      from: `<sip:${line.dn}@${node.address}>;tag=faulty`,
      ...(body === undefined ? {} : { body }),
    });
    this.#link.send(text);
  }
}

const PCMU = { codec: codecNamed('PCMU') ?? codecOfPayload(4), payloadType: 0 } as const;

/** Registers, calls and is answered. */
const callOverSip = async (runner: FaultRunner): Promise<{ link: FaultyLink; call: FaultyCall }> => {
  const link = await runner.open();
  await runner.registerNormally(link);
  const call = new FaultyCall(runner, link);
  call.invite();
  await call.final('INVITE');
  return { link, call };
};

/** The faults in calls that only SIP has. */
export const SIP_CALL_FAULTS = {
  'no-codec': {
    protocols: ['SIP'],
    does: 'calls and offers a codec that nobody has',
    must: 'refuse the call with 488 or 503 and say the cause',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const call = new FaultyCall(runner, link);
      call.invite(call.offer([PCMU]).replace('RTP/AVP 0 ', 'RTP/AVP 97 ').replace('rtpmap:0 PCMU', 'rtpmap:97 none'));
      const answer = await call.final('INVITE');
      const isRefused = answer !== undefined && [488, 503].includes(answer.status) && causeOf(answer) !== undefined;
      if (answer !== undefined) call.ack();
      return finding(isRefused, link);
    },
  },
  'no-ack': {
    protocols: ['SIP'],
    does: 'calls and never acknowledges the answer',
    must: 'repeat its 200 for half a minute and then send BYE',
    run: async (runner) => {
      const { link, call } = await callOverSip(runner);
      const isOver = await link.until(() => link.requests.some(({ method }) => method === 'BYE'), ACK_MISSED_WITHIN);
      for (const request of link.requests) if (request.method === 'BYE') call.agree(request);
      const answers = call.finals('INVITE').length;
      return { right: isOver && answers > 3, received: `${answers} times 200, then ${isOver ? 'BYE' : 'no BYE'}` };
    },
  },
  'bye-twice': {
    protocols: ['SIP'],
    does: 'ends its call twice',
    must: 'answer the first BYE with 200 and the second with 481',
    run: async (runner) => {
      const { link, call } = await callOverSip(runner);
      call.ack();
      call.bye();
      const first = await call.final('BYE', 1);
      call.bye();
      const second = await call.final('BYE', 2);
      return finding(first?.status === 200 && second?.status === 481, link);
    },
  },
  'late-cancel': {
    protocols: ['SIP'],
    does: 'cancels a call that was answered already',
    must: 'let the call stand',
    run: async (runner) => {
      const { link, call } = await callOverSip(runner);
      call.cancel();
      await call.final('CANCEL');
      call.ack();
      await runner.wait(milliseconds(500));
      const stands = !link.requests.some(({ method }) => method === 'BYE');
      call.bye();
      return finding(stands && (await call.final('BYE'))?.status === 200, link);
    },
  },
  'huge-offer': {
    protocols: ['SIP'],
    does: 'calls with a session description of ten thousand octets',
    must: 'refuse it with 488',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const call = new FaultyCall(runner, link);
      call.invite(`${call.offer([PCMU])}${'a=x-filling:0123456789012345678901234567890123456789\r\n'.repeat(180)}`);
      const answer = await call.final('INVITE');
      if (answer !== undefined) call.ack();
      return finding(answer?.status === 488, link);
    },
  },
  'calls-itself': {
    protocols: ['SIP'],
    does: 'calls its own number',
    must: 'say that it is busy, with cause 17',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const call = new FaultyCall(runner, link, runner.plan.line.dn);
      call.invite();
      const answer = await call.final('INVITE');
      if (answer !== undefined) call.ack();
      return finding(answer?.status === 486 && causeOf(answer) === 17, link);
    },
  },
} as const satisfies Record<string, Misbehaviour>;
