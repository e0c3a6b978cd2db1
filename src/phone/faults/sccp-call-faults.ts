// The faults of SCCP phones in calls (`docs/protocols/calls.md` §8). Each calls a number that answers at once and has
// sound: the echo service, unless another is given.

import { seconds } from '../../core/time.js';
import type { Fields } from '../../sccp/messages/catalogue.js';
import { CALL_STATES, KEYPAD_BUTTONS, MEDIA_STATUS, SOFT_KEY_EVENTS } from '../../sccp/tables/enumerations.js';
import { codecOfPayload } from '../calls/codecs.js';
import { MediaCounts } from '../calls/media-counts.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';
import { type Finding, finding, type Misbehaviour } from './misbehaviour.js';

/** Two tries of four seconds each, and a little more (§2.7). */
const MEDIA_FAILS_WITHIN = seconds(12);

const FAILED: ReadonlySet<number> = new Set([CALL_STATES.Busy, CALL_STATES.Congestion, CALL_STATES.InvalidNumber]);

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

/** The faults in calls that only SCCP has. */
export const SCCP_CALL_FAULTS = {
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
    must: 'leave the media of another phone as it is; what labcm itself sends ends',
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
      const right = before > 0 && received > 0 === runner.callsPhone;
      return { right, received: `${received} packets after the link was closed` };
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
