// Objects that are pushed through SCCP: their parts, the phone's answer, silence, and answers that nobody asked for.

import { describe, expect, test } from 'vitest';
import { aDevice, seedDevices } from '../support/devices.js';
import { type ReceivedMessage, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';

const OTHER = 'SEP0050568F0001';
const OBJECT = '<CiscoIPPhoneExecute><ExecuteItem URL="Key:Info" Priority="0"/></CiscoIPPhoneExecute>';
const RESPONSE =
  '<CiscoIPPhoneResponse><ResponseItem URL="Key:Info" Data="Success" Status="0"/></CiscoIPPhoneResponse>';

interface Part {
  readonly transactionId: number;
  readonly sequenceFlag: number;
  readonly xmlData: string;
}

const partsOf = (received: readonly ReceivedMessage[]): readonly Part[] =>
  received
    .filter(({ name }) => name === 'UserToDeviceDataVersion1Message')
    .map(({ fields }) => fields.userToDeviceDataVersion1 as Part);

const registered = async () => {
  const rig = await sccpHarness({ devices: [...seedDevices(), aDevice(OTHER, { lines: ['5009'] })] });
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  return { rig, phone, push: (object = OBJECT) => rig.server.push('ipctest2', object, rig.clock.now()) };
};

const answer = (phone: SccpTestPhone, transactionId: number, xmlData = RESPONSE, sequenceFlag = 2): void =>
  void phone.say('DeviceToUserDataResponseVersion1Message', {
    deviceToUserDataVersion1: {
      ...{ applicationId: 0, lineInstance: 0, callReference: 0, transactionId, sequenceFlag, displayPriority: 2 },
      ...{ conferenceId: 0, appInstanceID: 0, routingID: 0, xmlData },
    },
  });

describe('an object that is pushed through SCCP', () => {
  test('is one message, and has the phone’s object for its answer', async () => {
    const { phone, push, rig } = await registered();
    const pushed = push();
    const [part] = partsOf(phone.hear());
    expect(part).toMatchObject({ transactionId: 1, sequenceFlag: 2, xmlData: OBJECT });
    answer(phone, 1);
    expect(await pushed).toEqual({ answer: RESPONSE });
    expect(rig.probe.of('sccp.ignored')).toEqual([]);
  });

  test('of many octets comes in parts, cut between characters', async () => {
    const { phone, push } = await registered();
    const text = `${'Größe '.repeat(900)}end`;
    void push(text);
    const parts = partsOf(phone.hear());
    expect(parts.map(({ sequenceFlag }) => sequenceFlag)).toEqual([0, 1, 1, 2]);
    expect(parts.every(({ xmlData }) => Buffer.byteLength(xmlData) <= 2_000)).toBe(true);
    expect(parts.map(({ xmlData }) => xmlData).join('')).toBe(text);
  });

  test('takes an answer in parts, and no endless one', async () => {
    const { phone, push } = await registered();
    const first = push();
    answer(phone, 1, 'a', 0);
    answer(phone, 1, 'b', 1);
    answer(phone, 1, 'c', 2);
    expect(await first).toEqual({ answer: 'abc' });
    const second = push();
    for (let part = 0; part < 9; part += 1) answer(phone, 2, 'x'.repeat(2_000), 1);
    expect(await second).toMatchObject({ answer: expect.stringMatching(/^x{18000}$/) });
  });

  test('is late where the phone says nothing, or is unplugged', async () => {
    const { phone, push, rig } = await registered();
    const silent = push();
    rig.clock.advance(4_000);
    expect(await silent).toBe('late');
    const lost = push();
    phone.link.hangUp('error');
    rig.clock.advance(4_000);
    expect(await lost).toBe('late');
    expect(await push()).toBeUndefined();
  });

  test('is late at once where the service ends', async () => {
    const { push, rig } = await registered();
    const pushed = push();
    await rig.server.close();
    expect(await pushed).toBe('late');
  });

  test('takes no answer of another phone, and none to a question that was not asked', async () => {
    const { phone, push, rig } = await registered();
    const other = rig.phone({ address: '10.10.210.99', port: 5000 });
    other.comeUp(OTHER);
    expect(rig.record(OTHER).state).toBe('registered');
    const pushed = push();
    answer(other, 1, 'forged');
    answer(phone, 77, 'unasked');
    rig.clock.advance(4_000);
    expect(await pushed).toBe('late');
    expect(rig.probe.of('sccp.ignored')).toMatchObject([{ because: 'unasked' }, { because: 'unasked' }]);
  });
});
