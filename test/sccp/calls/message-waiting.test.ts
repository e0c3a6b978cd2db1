// Message waiting on SCCP phones: lamp, line icon, prompt, stutter dial tone, the numbers that switch it, and the voicemail key
// (`docs/protocols/calls.md` §2.15).

import { describe, expect, it } from 'vitest';
import type { DirectoryNumber } from '../../../src/core/identifiers.js';
import { findModel } from '../../../src/devices/models.js';
import { aLine } from '../../support/devices.js';
import type { ReceivedMessage } from '../../support/sccp-harness.js';
import { type CallTestPhone, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const MAIN = '5001' as DirectoryNumber;
const SECOND = '5002' as DirectoryNumber;
const [OFF, ON] = [1, 2];
const [DIAL, STUTTER, CONFIRMATION] = [0x21, 0x2a, 0x2e];
const YOU_HAVE_VOICEMAIL = '\u0080\u0024';

const lab1 = async (version = 20, more = {}) => {
  const lab = await phoneLab([{ dn: '5001', version, lines: ['5001', '5002'], ...more }]);
  const [phone] = lab.phones as [CallTestPhone];
  return { lab, phone };
};

const set = ({ harness }: PhoneLab, dn: DirectoryNumber, waiting: boolean) =>
  harness.database.messages.set(dn, { waiting, new: waiting ? 2 : 0, old: 0 }, 'api', harness.clock.now());

/** The message lamps among messages: line and mode. */
const lampsIn = (messages: readonly ReceivedMessage[]): unknown[] =>
  messages
    .filter(({ name, fields }) => name === 'SetLampMessage' && fields.stimulus === 15)
    .map(({ fields }) => [fields.stimulusInstance, fields.lampMode]);

const lampsOf = (phone: CallTestPhone): unknown[] => {
  phone.hear();
  return lampsIn(phone.fresh());
};

describe.each(VERSIONS)('a phone of version %i', (version) => {
  it('lights its lamp and the icon of the line, and puts the lamp out with the last message', async () => {
    const { lab, phone } = await lab1(version);
    expect(set(lab, SECOND, true)).toBe('changed');
    expect(lampsOf(phone)).toEqual([
      [0, ON],
      [2, ON],
    ]);
    set(lab, MAIN, true);
    expect(lampsOf(phone)).toEqual([
      [0, ON],
      [1, ON],
    ]);
    set(lab, SECOND, false);
    expect(lampsOf(phone)).toEqual([
      [0, ON],
      [2, OFF],
    ]);
    set(lab, MAIN, false);
    expect(lampsOf(phone)).toEqual([
      [0, OFF],
      [1, OFF],
    ]);
  });

  it('hears a stutter dial tone on a line with messages, and the usual one on the other', async () => {
    const { lab, phone } = await lab1(version);
    set(lab, MAIN, true);
    phone.lift();
    expect([...phone.tones.values()]).toEqual([STUTTER]);
    phone.digits('9');
    phone.hangUp();
    phone.button(9, 2);
    expect([...phone.tones.values()]).toEqual([DIAL]);
    phone.key(KEY.endCall);
    expect([phone.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });
});

describe('the lamp of a phone', () => {
  it('is written as docs/protocols/sccp.md has it', async () => {
    const { lab, phone } = await lab1();
    set(lab, MAIN, true);
    phone.hear();
    const [first] = phone.fresh();
    expect(first?.frame.subarray(8).toString('hex')).toBe(`86000000${'0f000000'}${'00000000'}${'02000000'}`);
  });

  it('is told again at registration, whatever another server left', async () => {
    const { lab, phone } = await lab1();
    const anew = () => phone.link.comeUp(phone.name, { protocolVer: 20 });
    anew();
    expect(lampsIn(phone.link.say('TimeDateReqMessage', {}))).toEqual([[0, OFF]]);
    set(lab, SECOND, true);
    anew();
    expect(lampsIn(phone.link.say('TimeDateReqMessage', {}))).toEqual([
      [0, ON],
      [2, ON],
    ]);
  });

  it('is not told of what has not changed, nor of lines of others', async () => {
    const { lab, phone } = await lab1();
    expect([set(lab, MAIN, false), set(lab, '7777' as DirectoryNumber, true)]).toEqual(['unchanged', 'unknown-line']);
    expect(lampsOf(phone)).toEqual([]);
  });

  it('of a shared line is told to each phone, and each has its event', async () => {
    const lab = await phoneLab([{ dn: '5001' }, { dn: '5001' }]);
    set(lab, MAIN, true);
    expect(lab.phones.map((phone) => lampsOf(phone).length)).toEqual([2, 2]);
    expect(lab.harness.probe.events.filter(({ type }) => type === 'device.messages')).toMatchObject([
      { device: lab.phones[0]?.name, dn: '5001', waiting: true, new: 2, old: 0, by: 'api' },
      { device: lab.phones[1]?.name, dn: '5001', waiting: true },
    ]);
  });

  it('changes during a call, and disturbs nothing of it', async () => {
    const lab = await phoneLab([{ dn: '5001' }, { dn: '5003' }]);
    const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
    a.lift();
    a.digits('5003');
    lab.settle();
    b.lift();
    lab.settle();
    a.fresh();
    set(lab, MAIN, true);
    a.hear();
    expect(a.fresh().map(({ name }) => name)).toEqual(['SetLampMessage', 'SetLampMessage']);
    expect([a.state, a.prompt, a.sending.size]).toEqual([5, '\u0080\u0018', 1]);
  });
});

describe('a conference station, which has no lamp', () => {
  const model = findModel('Cisco 7936');
  if (model === undefined) throw new Error('no 7936');

  it('says it on its prompt line, when it is idle', async () => {
    const { lab, phone } = await lab1(11, { device: { model } });
    set(lab, MAIN, true);
    phone.hear();
    expect(phone.prompt).toBe(YOU_HAVE_VOICEMAIL);
    phone.lift();
    phone.hangUp();
    lab.pass(20_000);
    expect(phone.prompt).toBe(YOU_HAVE_VOICEMAIL);
    phone.lift();
    set(lab, MAIN, false);
    phone.hear();
    expect(phone.prompt).toBe('\u0080 ');
    phone.hangUp();
    expect(phone.prompt).toBe('\u0080\u0013');
  });
});

describe('the numbers that switch the lamp', () => {
  it('light it and put it out for the line that dials, with a tone that says so and no call', async () => {
    const { lab, phone } = await lab1();
    const switched: unknown[] = [];
    lab.harness.probe.bus.on('call.analysed', ({ target }) => switched.push(target));
    phone.lift();
    phone.digits('*71');
    lab.settle();
    expect([...phone.tones.values()]).toEqual([CONFIRMATION]);
    expect(switched).toEqual([{ kind: 'service', service: 'messagesOn', number: '*71' }]);
    phone.hangUp();
    lab.settle();
    expect([phone.traces, lab.isIdle]).toEqual([NOTHING, true]);
    expect(lab.events('call.ended')).toMatchObject([{ dialled: '*71', orig: { cause: 16 } }]);
    expect(lab.events('call.media-failed')).toEqual([]);
  });
});

describe('the voicemail key', () => {
  const voicemailOf = (numbers: readonly string[]) => ({
    device: { lines: numbers.map((voicemail, index) => ({ ...aLine(String(5001 + index)), voicemail })) },
  });
  const dialledBy = async (phone: CallTestPhone, lab: PhoneLab): Promise<unknown> => {
    lab.settle();
    const placed = phone.fresh().find(({ name }) => name === 'DialedNumberMessage');
    phone.key(KEY.endCall);
    lab.settle();
    phone.fresh();
    return placed?.fields.dialedNumber;
  };

  it.each([15, 194])('Stimulus %i dials the number of its line, or that of the lab', async (stimulus) => {
    const lab = await phoneLab([{ dn: '5001', lines: ['5001', '5002'], ...voicemailOf(['*41', '']) }], {
      voicemail: '*42',
    });
    const [phone] = lab.phones as [CallTestPhone];
    phone.button(stimulus, 1);
    expect(await dialledBy(phone, lab)).toBe('*41');
    if (stimulus === 194) return;
    phone.button(stimulus, 2);
    expect(await dialledBy(phone, lab)).toBe('*42');
  });

  it('says that there is no service where there is no number', async () => {
    const { lab, phone } = await lab1();
    phone.button(15, 1);
    lab.settle();
    const [notice, ...others] = phone.fresh();
    expect([notice?.fields.promptStatus, notice?.fields.timeOutValue, others]).toEqual(['\u0080\u0049', 5, []]);
    expect(lab.isIdle).toBe(true);
  });
});
