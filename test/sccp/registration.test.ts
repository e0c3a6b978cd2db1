// How a phone comes up, stays and leaves: the whole service in memory, its clock moved by hand.

import { describe, expect, test } from 'vitest';
import { reportOf } from '../../src/devices/index.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { aDevice, seedDevices } from '../support/devices.js';
import { aCapabilitiesRes, aRegister, names, only, sccpHarness } from '../support/sccp-harness.js';

const SEED_PROMPT = '140000000f0000004501000000000000000000000000000080130000';

test('a phone is told the intervals and the version, and asked what it can do', async () => {
  const rig = await sccpHarness();
  const heard = rig.phone().register('ipctest2');
  expect(heard.map(({ frame }) => frame.toString('hex'))).toEqual([
    '1800000000000000810000001e0000004d2f442f590000003c0000000f20f1ff',
    '04000000000000009b000000',
  ]);
  expect(rig.record('ipctest2').state).toBe('registering');
});

test('its capabilities make it registered, and the prompt follows at once', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.register('ipctest2');
  const heard = phone.say('CapabilitiesResMessage', aCapabilitiesRes(), 'trimmed');
  expect(heard.map(({ frame }) => frame.toString('hex'))).toEqual([SEED_PROMPT]);
  const { state, registration } = rig.record('ipctest2');
  expect(state).toBe('registered');
  expect(registration).toMatchObject({ link: 1, protocolVersion: 15, typeId: 30016, lines: ['5002'] });
  expect(registration?.capabilities).toHaveLength(10);
  expect(registration?.capabilities[2]).toEqual({ payload: 86, maxFrames: 60 });
  expect(rig.probe.of('device.registered')).toHaveLength(1);
  expect(rig.probe.of('sccp.lines-started')).toMatchObject([{ deviceName: 'ipctest2', lines: ['5002'] }]);
});

test('capabilities in fixed slots count no more than are in use, and a second report is not asked for', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.register('ipctest2');
  phone.say('CapabilitiesResMessage', aCapabilitiesRes([[4, 20]]));
  expect(rig.record('ipctest2').registration?.capabilities).toEqual([{ payload: 4, maxFrames: 20 }]);
  expect(phone.say('CapabilitiesResMessage', aCapabilitiesRes())).toEqual([]);
  expect(rig.probe.of('sccp.ignored')).toMatchObject([{ name: 'CapabilitiesResMessage', because: 'unasked' }]);
  expect(rig.record('ipctest2').registration?.capabilities).toHaveLength(1);
});

test.each(['UpdateCapabilitiesMessage', 'UpdateCapabilitiesV2Message', 'UpdateCapabilitiesV3Message'] as const)(
  'a phone that answers by %s is registered too, and may update it later',
  async (name) => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.register('ipctest2');
    const fields = (codecs: readonly number[]) => ({
      audioCapCount: codecs.length,
      videoCapCount: 1,
      dataCapCount: 0,
      rtpPayloadFormat: 0,
      customPictureFormatCount: 0,
      customPictureFormat: [],
      confResources: {
        activeStreamsOnRegistration: 0,
        maxBW: 0,
        serviceResourceCount: 0,
        serviceResource: [],
      },
      audioCaps: codecs.map((payloadCapability) => ({ payloadCapability, maxFramesPerPacket: 40 })),
      videoCaps: [],
      dataCaps: [],
    });
    expect(names(phone.say(name, fields([25, 4])))).toEqual(['DisplayPromptStatusV2Message']);
    expect(phone.say(name, fields([25, 4, 2]))).toEqual([]);
    expect(rig.record('ipctest2').state).toBe('registered');
    expect(rig.record('ipctest2').registration?.capabilities.map(({ payload }) => payload)).toEqual([25, 4, 2]);
    expect(reportOf(rig.record('ipctest2'), 'audioCapabilities')?.value).toBe(3);
    expect(reportOf(rig.record('ipctest2'), 'videoCapabilities')?.value).toBe(1);
  },
);

test('a phone of a type that nobody defines is the model that is configured', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2', { deviceType: 14 });
  expect(rig.record('ipctest2')).toMatchObject({ state: 'registered', registration: { typeId: 14 } });
  expect(names(phone.say('ButtonTemplateReqMessage', {}))).toEqual(['ButtonTemplateResMessage']);
});

describe('the version that both speak', () => {
  test.each([
    ...Array.from({ length: 23 }, (_, version) => [version, version, {}] as const),
    [33, 22, {}] as const,
    [255, 22, {}] as const,
    [33, 3, { deviceType: 12 }] as const, // ATA 186
    [33, 3, { deviceType: 13 }] as const, // ATA 188
    [2, 2, { deviceType: 12 }] as const,
  ])('of a phone that claims %i is %i', async (claimed, agreed, wishes) => {
    const rig = await sccpHarness({ policy: { model: 'any' } });
    const phone = rig.phone();
    const ack = only(phone.register('ipctest2', { protocolVer: claimed, ...wishes }), 'RegisterAckMessage');
    const features = agreed <= 3 ? [0, 0, 0] : agreed < 11 ? [0x20, 0xf1, 0xfe] : [0x20, 0xf1, 0xff];
    expect([...ack.frame.subarray(-4)]).toEqual([agreed, ...features]);
    expect(rig.record('ipctest2').registration?.protocolVersion).toBe(agreed);
    const config = only(phone.say('ConfigStatReqMessage', {}), 'ConfigStatMessage');
    expect(config.frame.readUInt32LE(4)).toBe(agreed < 12 ? 0 : agreed);
  });

  test('is never above what the device is allowed, nor above what the server is', async () => {
    const devices = [aDevice('ipctest2', { maxProtocolVersion: 11 }), aDevice('other', { maxProtocolVersion: 20 })];
    const rig = await sccpHarness({ devices, settings: { maxProtocolVersion: 17 } });
    for (const [name, agreed] of [
      ['ipctest2', 11],
      ['other', 17],
    ] as const) {
      const ack = only(rig.phone().register(name, { protocolVer: 22 }), 'RegisterAckMessage');
      expect(ack.fields.maxProtocolVer).toBe(agreed);
    }
  });
});

describe('a Register of', () => {
  const whole = encode(
    'RegisterReqMessage',
    aRegister('ipctest2', {
      ipV4AddressScope: 3,
      maxNumberOfLines: 2,
      stationIpV6Addr: '::',
      ipV6AddressScope: 0,
      firmwareLoadName: 'SCCP41.8-5-3S',
      configVersionStamp: '{00000000-0000-0000-0000-000000000000}',
    }),
    0,
  );
  const cut = (body: number): Buffer => {
    const frame = Buffer.from(whole.subarray(0, 12 + body));
    frame.writeUInt32LE(body + 4, 0);
    return frame;
  };

  test.each([
    [28, 3, ''],
    [36, 3, ''],
    [44, 15, ''],
    [64, 15, ''],
    [124, 15, 'SCCP41.8-5-3S'],
    [172, 15, 'SCCP41.8-5-3S'],
  ])('%i octets is accepted, at version %i with load "%s"', async (body, version, load) => {
    const rig = await sccpHarness({ policy: { model: 'any' } });
    const phone = rig.phone();
    phone.link.deliver(cut(body));
    expect(names(phone.hear())).toEqual(['RegisterAckMessage', 'CapabilitiesReqMessage']);
    expect(rig.record('ipctest2').registration).toMatchObject({ protocolVersion: version, load });
  });

  test.each([0, 15, 16, 24, 27])('%i octets does not say who calls and is rejected', async (body) => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.link.deliver(cut(body));
    expect(only(phone.hear(), 'RegisterRejectMessage').fields.text).toBe('Malformed Register');
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('device.rejected')).toMatchObject([{ reason: 'malformed' }]);
    expect(rig.probe.of('sccp.malformed')).toMatchObject([{ code: 'SHORT_MESSAGE', fatal: false }]);
  });
});

test.each([
  ['six raw octets', '001f9e266369000000000000', '001F9E266369'],
  ['twelve digits', Buffer.from('001121FF8A3E').toString('hex'), '001121FF8A3E'],
  ['junk', '000000000000000052494e47', undefined],
  ['nothing', '000000000000000000000000', undefined],
])('a hardware address in the form of %s is read or left alone', async (_form, macAddress, mac) => {
  const rig = await sccpHarness();
  rig.phone().register('ipctest2', { macAddress });
  expect(rig.probe.of('sccp.register-checked')).toMatchObject([{ mac, protocolVer: 0x8570000f }]);
});

test('the hardware address in a name goes before the one in the field', async () => {
  const rig = await sccpHarness({ devices: [aDevice('SEP001122334455')] });
  rig.phone().register('SEP001122334455', { macAddress: '52494e4752494e4752494e47' });
  expect(rig.probe.of('sccp.register-checked')).toMatchObject([{ mac: '001122334455' }]);
});

test('a Register again on the same link starts anew and keeps the link', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  expect(names(phone.register('ipctest2'))).toEqual(['RegisterAckMessage', 'CapabilitiesReqMessage']);
  expect(rig.record('ipctest2').state).toBe('registering');
  phone.say('CapabilitiesResMessage', aCapabilitiesRes());
  expect(rig.record('ipctest2').state).toBe('registered');
  expect(rig.database.registered.SCCP).toBe(1);
  expect(phone.link.closed).toBeUndefined();
});

test('another name on a link that has a device is refused, and the first device ends with it', async () => {
  const rig = await sccpHarness({ devices: [aDevice('ipctest2'), aDevice('other')] });
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  expect(names(phone.register('other'))).toEqual(['RegisterRejectMessage']);
  expect(phone.link.closed).toBe('closed-here');
  expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'device-reset' });
  expect(rig.record('other').reason).toMatchObject({ reason: 'malformed' });
});

describe('the same device on two links', () => {
  test('belongs to the newer one; the older is closed without a Reset, and its late end harms nobody', async () => {
    const rig = await sccpHarness();
    const older = rig.phone();
    older.comeUp('ipctest2');
    const newer = rig.phone({ address: '10.10.210.201', port: 3301 });
    newer.comeUp('ipctest2');
    expect(older.hear()).toEqual([]);
    expect(older.link.closed).toBe('closed-here');
    expect(rig.probe.of('device.unregistered')).toMatchObject([{ link: 1, reason: 'superseded' }]);
    expect(rig.record('ipctest2')).toMatchObject({ state: 'registered', registration: { link: 2 } });
    expect(rig.database.registered.SCCP).toBe(1);
  });

  test('stays with the first where the policy says so, until that one is gone', async () => {
    const rig = await sccpHarness({ policy: { duplicate: 'refuse' } });
    const first = rig.phone();
    first.comeUp('ipctest2');
    expect(only(rig.phone().register('ipctest2'), 'RegisterRejectMessage').fields.text).toBe('Already registered');
    expect(rig.record('ipctest2')).toMatchObject({ state: 'registered', registration: { link: 1 } });
    first.link.hangUp();
    expect(names(rig.phone().comeUp('ipctest2'))).toContain('RegisterAckMessage');
  });

  test('a storm of re-registrations leaves one registration and one link', async () => {
    const rig = await sccpHarness();
    const phones = Array.from({ length: 200 }, () => {
      const phone = rig.phone();
      phone.comeUp('ipctest2');
      return phone;
    });
    expect(phones.filter(({ link }) => link.closed === undefined)).toHaveLength(1);
    expect(rig.server.links).toBe(1);
    expect(rig.database.registered.SCCP).toBe(1);
  });
});

describe('a phone leaves', () => {
  test('by Unregister: it is told so and ends the link itself', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    const [ack] = phone.say('UnregisterReqMessage', { unRegReasonCode: 0 });
    expect(ack?.frame.toString('hex')).toBe('08000000000000001801000000000000');
    expect(rig.record('ipctest2')).toMatchObject({ state: 'unregistered', reason: { reason: 'unregistered' } });
    expect(phone.link.closed).toBeUndefined();
    phone.link.hangUp();
    expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'unregistered' }]);
    expect(rig.probe.of('device.unregistered')).toHaveLength(1);
  });

  test('or the link is ended for it after a moment', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    phone.say('UnregisterReqMessage', {});
    rig.clock.advance(4_999);
    expect(phone.link.closed).toBeUndefined();
    rig.clock.advance(1);
    expect(phone.link.closed).toBe('closed-here');
  });

  test('and may register again on the link it has not yet ended', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    phone.say('UnregisterReqMessage', {});
    expect(names(phone.comeUp('ipctest2'))).toContain('RegisterAckMessage');
    rig.clock.advance(60_000);
    expect(phone.link.closed).toBeUndefined();
    expect(rig.record('ipctest2').state).toBe('registered');
  });

  test('before it registered, too', async () => {
    const rig = await sccpHarness();
    expect(names(rig.phone().say('UnregisterReqMessage', {}))).toEqual(['UnregisterAckMessage']);
  });

  test('by ending its link, which CUCM calls a loss of connectivity', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    phone.link.hangUp('error');
    expect(rig.record('ipctest2')).toMatchObject({ state: 'unregistered', reason: { reason: 'connection-lost' } });
    expect(rig.server.links).toBe(0);
  });

  test('when its capabilities never come', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.register('ipctest2');
    for (let second = 0; second < 29; second += 1) {
      rig.clock.advance(1_000);
      phone.say('KeepAliveReqMessage', {});
    }
    expect(rig.record('ipctest2').state).toBe('registering');
    rig.clock.advance(1_000);
    expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'no-capabilities' });
    expect(phone.link.closed).toBe('closed-here');
  });

  test('when its configuration goes', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    rig.database.configure(seedDevices().slice(1), rig.clock.now());
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('device.unregistered')).toMatchObject([{ reason: 'reconfigured' }]);
  });

  test('when the server stops', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    await rig.server.close();
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.server.links).toBe(0);
    expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'shutdown' });
  });
});

test('a mistake in a row costs the link on which it showed, and is told', async () => {
  const rig = await sccpHarness();
  rig.database.recordReport = () => {
    throw new Error('a mistake');
  };
  const phone = rig.phone();
  const other = rig.phone();
  phone.comeUp('ipctest2');
  phone.say('HeadsetStatusMessage', { headsetStatus: 1 });
  expect(phone.link.closed).toBe('closed-here');
  expect(rig.probe.of('sccp.failed')[0]?.detail).toContain('a mistake');
  expect(names(other.say('KeepAliveReqMessage', {}))).toEqual(['KeepAliveAckMessage']);
});
