// The faults of phones in calls (`docs/protocols/calls.md` §8). Each calls a number that answers at once and has sound:
// the echo service, unless another is given.

import { milliseconds, seconds } from '../../core/time.js';
import type { Fields } from '../../sccp/messages/catalogue.js';
import { CALL_STATES, KEYPAD_BUTTONS, MEDIA_STATUS, SOFT_KEY_EVENTS } from '../../sccp/tables/enumerations.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { codecNamed, codecOfPayload } from '../calls/codecs.js';
import { MediaCounts } from '../calls/media-counts.js';
import { causeOf } from '../sip/call-headers.js';
import { type CallSide, requestText, responseText } from '../sip/call-texts.js';
import { type OfferedCodec, writeDescription } from '../sip/sdp.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';
import { type Finding, finding, type Misbehaviour } from './misbehaviour.js';

/** Two tries of four seconds each, and a little more (§2.7). */
const MEDIA_FAILS_WITHIN = seconds(12);
/** A 200 is repeated for 32 seconds (RFC 3261 §13.3.1.4). */
const ACK_MISSED_WITHIN = seconds(40);

const FAILED: ReadonlySet<number> = new Set([CALL_STATES.Busy, CALL_STATES.Congestion, CALL_STATES.InvalidNumber]);

// ── SCCP ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Registers and calls. Resolves with the call's reference; `undefined`: there is no dial tone. */
const callOverSccp = async (runner: FaultRunner, link: FaultyLink): Promise<number | undefined> => {
  await runner.registerNormally(link);
  link.send(runner.frame('OffHookMessage', { lineInstance: 1, callReference: 0 }, undefined, link.version));
  await link.waitFor('CallStateMessage');
  const callReference = referenceOf(link);
  if (callReference === undefined) return undefined;
  for (const digit of runner.peer) {
    const kpButton = KEYPAD_BUTTONS[digit as keyof typeof KEYPAD_BUTTONS] as number;
    link.send(
      runner.frame('KeypadButtonMessage', { kpButton, lineInstance: 1, callReference }, undefined, link.version),
    );
  }
  return callReference;
};

const referenceOf = (link: FaultyLink): number | undefined =>
  link.fieldsOf('CallStateMessage').find(({ callState }) => callState === CALL_STATES.OffHook)?.callReference;

const hasFailed = (link: FaultyLink): boolean =>
  link.fieldsOf('CallStateMessage').some(({ callState }) => FAILED.has(callState));

/** The states that the call went through, and whether the server closed the link. */
const callFinding = (right: boolean, link: FaultyLink): Finding => {
  const states = link.fieldsOf('CallStateMessage').map(({ callState }) => CALL_STATES.nameOf(callState) ?? callState);
  const text = `call states ${states.join(', ') || 'none'}`;
  return { right, received: link.closed === undefined ? text : `${text}; then the link was closed` };
};

const acknowledge = (
  runner: FaultRunner,
  link: FaultyLink,
  open: Fields<'OpenReceiveChannelMessage'>,
  changes: Partial<Fields<'OpenReceiveChannelAckMessage'>>,
): void => {
  const fields = {
    ...{ status: MEDIA_STATUS.OK as number, ipAddr: link.local.address, portNumber: 20_000 },
    ...{ passThruPartyId: open.passThruPartyId, callReference: open.callReference },
    ...changes,
  };
  link.send(runner.frame('OpenReceiveChannelAckMessage', fields, undefined, link.version));
};

const isAlive = async (runner: FaultRunner, link: FaultyLink): Promise<boolean> => {
  const before = link.received.length;
  link.send(runner.frame('KeepAliveReqMessage', {}, undefined, link.version));
  return link.until(() => link.received.slice(before).includes('KeepAliveAckMessage'));
};

const SCCP_CALL_FAULTS = {
  'deaf-to-media': {
    protocols: ['SCCP'],
    does: 'calls and never answers OpenReceiveChannel',
    must: 'ask once more, then let the call fail with a tone, as cause 47 says',
    run: async (runner) => {
      const link = await runner.open();
      await callOverSccp(runner, link);
      await link.until(() => hasFailed(link), MEDIA_FAILS_WITHIN);
      const asked = link.fieldsOf('OpenReceiveChannelMessage').length;
      return callFinding(asked === 2 && hasFailed(link) && link.closed === undefined, link);
    },
  },
  'refuses-media': {
    protocols: ['SCCP'],
    does: 'calls and answers each OpenReceiveChannel with an error',
    must: 'let the call fail with a tone, as cause 47 says',
    run: async (runner) => {
      const link = await runner.open();
      await callOverSccp(runner, link);
      await link.until(() => link.fieldsOf('OpenReceiveChannelMessage').length > 0);
      for (const open of link.fieldsOf('OpenReceiveChannelMessage'))
        acknowledge(runner, link, open, { status: MEDIA_STATUS.NotEnoughChannels, portNumber: 0 });
      return callFinding(await link.until(() => hasFailed(link), MEDIA_FAILS_WITHIN), link);
    },
  },
  'dies-mid-call': {
    protocols: ['SCCP'],
    does: 'loses its link in a call and talks on',
    must: 'leave the media of the other side as it is',
    run: async (runner) => {
      const link = await runner.open();
      await callOverSccp(runner, link);
      await link.until(() => link.fieldsOf('OpenReceiveChannelMessage').length > 0);
      const [open] = link.fieldsOf('OpenReceiveChannelMessage');
      if (open === undefined) return finding(false, link);
      const counts = new MediaCounts();
      const port = await runner.environment.voice.open(link.local.address, counts);
      acknowledge(runner, link, open, { portNumber: port.local.port });
      await link.until(() => link.fieldsOf('StartMediaTransmissionMessage').length > 0);
      const [start] = link.fieldsOf('StartMediaTransmissionMessage');
      if (start === undefined) return finding(false, link);
      const codec = codecOfPayload(start.compressionType);
      const to = { address: start.remoteIpAddr, port: start.remotePortNumber };
      port.start({ to, codec, payloadType: codec.payloadType, sound: 'tone' });
      await runner.wait(seconds(1));
      link.close();
      await runner.wait(seconds(1));
      const before = counts.received;
      await runner.wait(seconds(2));
      port.close();
      const received = counts.received - before;
      return { right: before > 0 && received > 0, received: `${received} packets after the link was closed` };
    },
  },
  'stray-keys': {
    protocols: ['SCCP'],
    does: 'presses keys and answers for calls that there are not',
    must: 'ignore all of it and keep the link',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const before = link.received.length;
      const stray = { lineInstance: 1, callReference: 0x01abcdef };
      const { version } = link;
      for (const softKeyEvent of [SOFT_KEY_EVENTS.EndCall, SOFT_KEY_EVENTS.Answer, SOFT_KEY_EVENTS.Resume])
        link.send(runner.frame('SoftKeyEventMessage', { softKeyEvent, ...stray }, undefined, version));
      link.send(runner.frame('KeypadButtonMessage', { kpButton: 5, ...stray }, undefined, version));
      link.send(runner.frame('OnHookMessage', stray, undefined, version));
      const party = { passThruPartyId: 0x01000001, callReference: stray.callReference };
      acknowledge(runner, link, { ...party } as Fields<'OpenReceiveChannelMessage'>, {});
      const alive = await isAlive(runner, link);
      const isQuiet = !link.received.slice(before).includes('CallStateMessage');
      return finding(alive && isQuiet && link.closed === undefined, link);
    },
  },
  'key-flood': {
    protocols: ['SCCP'],
    does: 'presses five hundred digits at once',
    must: 'drop what is too much and keep the link',
    run: async (runner) => {
      const link = await runner.open();
      const callReference = (await callOverSccp(runner, link)) ?? 0;
      for (let count = 0; count < 500; count += 1) {
        const key = { kpButton: 7, lineInstance: 1, callReference };
        link.send(runner.frame('KeypadButtonMessage', key, undefined, link.version));
      }
      return callFinding((await isAlive(runner, link)) && link.closed === undefined, link);
    },
  },
} as const satisfies Record<string, Misbehaviour>;

// ── SIP ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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

const SIP_CALL_FAULTS = {
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

/** The faults in calls. */
export const CALL_FAULTS = { ...SCCP_CALL_FAULTS, ...SIP_CALL_FAULTS } as const;
