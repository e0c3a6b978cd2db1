// What a phone asks after it is let in, in every form that its version wants.

import { describe, expect, test } from 'vitest';
import { findModel, type Model } from '../../src/devices/models.js';
import { aDevice, aLine } from '../support/devices.js';
import { names, only, type SccpHarness, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';

const model = (name: string): Model => {
  const found = findModel(name);
  if (found === undefined) throw new Error(name);
  return found;
};

const DEVICE = aDevice('SEP001122334455', {
  model: '7962',
  ownerUserId: 'anna',
  load: 'SCCP42.9-4-2SR3-1S',
});

const device = {
  ...DEVICE,
  lines: [
    { ...aLine('5001', 'Büro'), displayName: 'Anna Müller' },
    { ...aLine('5002'), maxCalls: 6, busyTrigger: 3 },
  ],
  speedDials: [
    { number: '5005', label: 'Lab', busyLampField: false },
    { number: '5002', label: 'Own', busyLampField: true },
  ],
  serviceUrls: [{ name: 'News', url: 'http://10.10.210.10/news' }],
};

const GROUP = new Map([
  [
    'Default',
    [
      { name: 'CM1', address: '10.10.210.10', port: 2000 },
      { name: 'CM2', address: '10.10.210.11', port: 2001 },
    ],
  ],
]);

const registered = async (protocolVer: number): Promise<{ rig: SccpHarness; phone: SccpTestPhone }> => {
  const rig = await sccpHarness({ devices: [device], settings: { groups: GROUP, loads: new Map([[30016, 'CIPC']]) } });
  const phone = rig.phone();
  phone.comeUp(device.name, { deviceType: 404, protocolVer });
  return { rig, phone };
};

const VERSIONS = Array.from({ length: 23 }, (_, version) => version);

describe.each(VERSIONS)('at version %i', (version) => {
  test('every question has its answer, in the form of that version, at its length', async () => {
    const { phone } = await registered(version);
    const ask = (heard: ReturnType<SccpTestPhone['hear']>): [string, number] => {
      const [answer] = heard;
      expect(heard.length).toBeGreaterThan(0);
      expect((answer?.frame.length ?? 1) % 4).toBe(0);
      expect(answer?.frame.readUInt32LE(4)).toBe(version < 12 ? 0 : version);
      return [answer?.name ?? '', (answer?.frame.length ?? 0) - 12];
    };
    const dynamicLine = version >= 17;
    expect(ask(phone.say('ButtonTemplateReqMessage', {}))).toEqual(['ButtonTemplateResMessage', 96]);
    expect(ask(phone.say('SoftKeyTemplateReqMessage', {}))).toEqual(['SoftKeyTemplateResMessage', 652]);
    expect(ask(phone.say('SoftKeySetReqMessage', {}))).toEqual(['SoftKeySetResMessage', 780]);
    expect(ask(phone.say('ConfigStatReqMessage', {}))).toEqual(['ConfigStatMessage', 112]);
    const line = phone.say('LineStatReqMessage', { lineNumber: 1 });
    if (dynamicLine) expect(ask(line)[0]).toBe('LineStatV2Message');
    else expect(ask(line)).toEqual(['LineStatMessage', 112]);
    expect(line[0]?.fields).toMatchObject({
      lineNumber: 1,
      lineDirNumber: '5001',
      lineFullyQualifiedDisplayName: 'Anna Müller',
      lineTextLabel: 'Büro',
      lineDisplayOptions: 15,
    });
    expect(ask(phone.say('ForwardStatReqMessage', { lineNumber: 1 }))).toEqual([
      'ForwardStatMessage',
      version < 18 ? 92 : 96,
    ]);
    expect(ask(phone.say('SpeedDialStatReqMessage', { speedDialNumber: 1 }))).toEqual(['SpeedDialStatMessage', 68]);
    expect(ask(phone.say('FeatureStatReqMessage', { featureIndex: 2 }))).toEqual(['FeatureStatMessage', 52]);
    expect(ask(phone.say('FeatureStatReqMessage', { featureIndex: 2, featureCapabilities: 1 }))[0]).toBe(
      version < 15 ? 'FeatureStatMessage' : 'FeatureStatV2Message',
    );
    const service = phone.say('ServiceURLStatReqMessage', { serviceURLIndex: 1 });
    if (version < 7) expect(ask(service)).toEqual(['ServiceURLStatMessage', 300]);
    else expect(ask(service)[0]).toBe('ServiceURLStatV2Message');
    expect(service[0]?.fields).toMatchObject({
      serviceURL: 'http://10.10.210.10/news',
      serviceURLDisplayName: 'News',
    });
    expect(ask(phone.say('TimeDateReqMessage', {}))).toEqual(['DefineTimeDateMessage', 36]);
    expect(ask(phone.say('VersionReqMessage', {}))).toEqual(['VersionMessage', 16]);
    expect(ask(phone.say('ServerReqMessage', {}))).toEqual(['ServerResMessage', version < 17 ? 280 : 360]);
    expect(ask(phone.say('CallCountReqMessage', {}))[0]).toBe('CallCountRespMessage');
    const watched = phone.say('SubscriptionStatReqMessage', {
      transactionId: 7,
      subscriptionFeatureId: 1,
      timer: 0xd4b,
      subscriptionId: '5001',
    });
    expect(names(watched)).toEqual(['SubscriptionStatMessage', 'NotificationMessage']);
    expect(only(watched, 'NotificationMessage').fields).toMatchObject({ transactionId: 7, status: 1 });
  });

  test('the prompt takes the dynamic form from version 8 on, where the phone announced it', async () => {
    const { phone } = await registered(version);
    const prompt = phone.say('TimeDateReqMessage', {}).at(-1);
    expect(prompt?.name).toBe(version < 8 ? 'DisplayPromptStatusMessage' : 'DisplayPromptStatusV2Message');
    expect(prompt?.fields.promptStatus).toBe('\u0080\u0013');
    const plain = (await registered(version)).rig.phone();
    const heard = plain.comeUp(device.name, { deviceType: 404, protocolVer: version, features3: 0 });
    expect(names(heard)).toContain('DisplayPromptStatusMessage');
  });
});

test('the template shows lines, speed dials with and without lamps, and services; spare keys are 00 FF', async () => {
  const { phone } = await registered(20);
  const template = only(phone.say('ButtonTemplateReqMessage', {}), 'ButtonTemplateResMessage');
  expect([...template.frame.subarray(12, 24)]).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0]);
  expect([...template.frame.subarray(24, 38)]).toEqual([1, 9, 2, 9, 1, 2, 2, 0x15, 1, 0x14, 0, 0xff, 0, 0xff]);
  expect([...template.frame.subarray(-2)]).toEqual([0, 0xff]);
});

test('a phone with two modules gets the longer table where it needs it', async () => {
  const dials = Array.from({ length: 50 }, (_, index) => ({
    number: String(6000 + index),
    label: '',
    busyLampField: false,
  }));
  const modules = [model('7915-24'), model('7915-24')];
  const rig = await sccpHarness({ devices: [{ ...device, speedDials: dials, modules }] });
  const phone = rig.phone();
  phone.comeUp(device.name, { deviceType: 404 });
  const template = only(phone.say('ButtonTemplateReqMessage', {}), 'ButtonTemplateResMessage');
  expect(template.frame.length).toBe(12 + 124);
  expect(template.fields).toMatchObject({ buttonCount: 53, totalButtonCount: 53 });
});

test('template and sets of soft keys name the same keys', async () => {
  const { phone } = await registered(20);
  const template = only(phone.say('SoftKeyTemplateReqMessage', {}), 'SoftKeyTemplateResMessage');
  const sets = only(phone.say('SoftKeySetReqMessage', {}), 'SoftKeySetResMessage');
  const rows = template.fields.definition as { softKeyLabel: string; softKeyEvent: number }[];
  const keys = sets.fields.definition as { softKeyTemplateIndex: number[]; softKeyInfoIndex: number[] }[];
  expect(rows.map(({ softKeyEvent }) => softKeyEvent)).toEqual([
    1, 2, 3, 4, 5, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 21, 28, 29, 30, 33, 31, 69, 19,
  ]);
  expect(rows.every(({ softKeyLabel }) => softKeyLabel.length === 2 && softKeyLabel.startsWith('\u0080'))).toBe(true);
  expect(keys).toHaveLength(11);
  for (const { softKeyTemplateIndex, softKeyInfoIndex } of keys)
    softKeyTemplateIndex.forEach((row, place) => {
      expect(softKeyInfoIndex[place]).toBe(row === 0 ? 0 : 300 + (rows[row - 1]?.softKeyEvent ?? -1));
    });
  expect(keys[0]?.softKeyTemplateIndex.slice(0, 4)).toEqual([1, 2, 5, 22]);
});

test('after the sets the idle keys are chosen, for a phone that never asks for the time', async () => {
  const { phone } = await registered(20);
  const [, select] = phone.say('SoftKeySetReqMessage', {});
  // DND, the fourth, is not served.
  expect(select?.frame.subarray(12).toString('hex')).toBe('000000000000000000000000f7ffffff');
});

test('the first question for the time ends the registration: clock, keys, lamp, prompt; later ones get the clock', async () => {
  const { rig, phone } = await registered(20);
  expect(names(phone.say('TimeDateReqMessage', {}))).toEqual([
    'DefineTimeDateMessage',
    'SelectSoftKeysMessage',
    'SetLampMessage',
    'DisplayPromptStatusV2Message',
  ]);
  rig.clock.advance(1_000);
  const now = rig.clock.now();
  const local = new Date(now);
  const [again, ...others] = phone.say('TimeDateReqMessage', {});
  expect(others).toEqual([]);
  expect(again?.fields).toEqual({
    wYear: local.getFullYear(),
    wMonth: local.getMonth() + 1,
    wDayOfWeek: local.getDay(),
    wDay: local.getDate(),
    wHour: local.getHours(),
    wMinute: local.getMinutes(),
    wSecond: local.getSeconds(),
    wMilliseconds: local.getMilliseconds(),
    systemTime: Math.floor(now / 1000),
  });
});

test('an unknown line, speed dial, feature or service is answered with its number and nothing', async () => {
  const { phone } = await registered(11);
  for (const number of [0, 3, 200, 0xffffffff]) {
    expect(only(phone.say('LineStatReqMessage', { lineNumber: number }), 'LineStatMessage').fields).toMatchObject({
      lineNumber: number,
      lineDirNumber: '',
      lineTextLabel: '',
    });
    const dial = only(phone.say('SpeedDialStatReqMessage', { speedDialNumber: number }), 'SpeedDialStatMessage');
    expect(dial.fields).toEqual({ speedDialNumber: number, speedDialDirNumber: '', speedDialDisplayName: '' });
    const feature = only(phone.say('FeatureStatReqMessage', { featureIndex: number }), 'FeatureStatMessage');
    expect(feature.fields).toEqual({ featureIndex: number, featureId: 0x13, featureTextLabel: '', featureStatus: 0 });
    const service = phone.say('ServiceURLStatReqMessage', { serviceURLIndex: number });
    expect(service[0]?.fields).toEqual({ serviceURLIndex: number, serviceURL: '', serviceURLDisplayName: '' });
  }
});

test('a lamp tells whether the watched number is registered', async () => {
  const { rig, phone } = await registered(20);
  const lamp = (): unknown =>
    phone.say('FeatureStatReqMessage', { featureIndex: 2, featureCapabilities: 1 })[0]?.fields;
  expect(lamp()).toEqual({ featureIndex: 2, featureId: 0x15, featureStatus: 1, featureTextLabel: 'Own' });
  rig.database.configure([device, aDevice('far', { lines: ['7000'] })], rig.clock.now());
  const status = only(
    phone.say('SubscriptionStatReqMessage', {
      transactionId: 1,
      subscriptionFeatureId: 1,
      timer: 0,
      subscriptionId: '7000',
    }),
    'NotificationMessage',
  );
  expect(status.fields.status).toBe(0);
});

test('the load of the device goes before that of its model; none, or one too long for the field, means: keep what you have', async () => {
  const rig = await sccpHarness({
    devices: [
      device,
      aDevice('cipc', { load: 'CIPC-8-7' }),
      aDevice('cipc2'),
      aDevice('SEP001122334400', { model: '7941' }),
    ],
    settings: { loads: new Map([[30016, 'CIPC-8-6']]) },
  });
  const load = (name: string, deviceType: number): unknown => {
    const phone = rig.phone();
    phone.comeUp(name, { deviceType });
    return only(phone.say('VersionReqMessage', {}), 'VersionMessage').fields.versionStr;
  };
  expect(load(device.name, 404)).toBe('');
  expect(load('cipc', 30016)).toBe('CIPC-8-7');
  expect(load('cipc2', 30016)).toBe('CIPC-8-6');
  expect(load('SEP001122334400', 115)).toBe('');
});

test('a phone that does not know UTF-8 gets Latin-1', async () => {
  const rig = await sccpHarness({ devices: [device] });
  const phone = rig.phone();
  phone.comeUp(device.name, { deviceType: 404, protocolVer: 11, features2: 0x60 });
  const line = only(phone.say('LineStatReqMessage', { lineNumber: 1 }), 'LineStatMessage');
  expect(line.frame.subarray(12 + 68, 12 + 73).toString('latin1')).toBe('Büro\0');
});

test('ConfigStat counts what is configured', async () => {
  const { phone } = await registered(20);
  expect(only(phone.say('ConfigStatReqMessage', {}), 'ConfigStatMessage').fields).toEqual({
    deviceName: 'SEP001122334455',
    stationUserId: 0,
    stationInstance: 1,
    userName: 'anna',
    serverName: 'CM1',
    numberOfLines: 2,
    numberOfSpeedDials: 2,
  });
});

test('the servers are those of the device’s group, ports as plain numbers, addresses in network order', async () => {
  const { phone } = await registered(20);
  const servers = only(phone.say('ServerReqMessage', {}), 'ServerResMessage');
  expect(servers.fields).toEqual({
    serverName: ['CM1', 'CM2', '', '', ''],
    serverTcpListenPort: [2000, 2001, 0, 0, 0],
    serverIpAddr: ['10.10.210.10', '10.10.210.11', '0.0.0.0', '0.0.0.0', '0.0.0.0'],
  });
  expect(servers.frame.subarray(12 + 264, 12 + 268).toString('hex')).toBe('0a0ad20a');
});

test('questions in another order, twice, or all in one segment have the same answers', async () => {
  const one = await registered(15);
  const other = await registered(15);
  const ask = (phone: SccpTestPhone) => [
    ...phone.say('ForwardStatReqMessage', { lineNumber: 2 }),
    ...phone.say('ConfigStatReqMessage', {}),
    ...phone.say('LineStatReqMessage', { lineNumber: 2 }),
    ...phone.say('ButtonTemplateReqMessage', {}),
    ...phone.say('ConfigStatReqMessage', {}),
  ];
  expect(ask(one.phone)).toEqual(ask(other.phone));
});

test('a question before Register is ignored, told, and costs nothing', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  expect(phone.say('ButtonTemplateReqMessage', {})).toEqual([]);
  expect(phone.say('OffHookMessage', {})).toEqual([]);
  expect(rig.probe.of('sccp.ignored')).toMatchObject([
    { name: 'ButtonTemplateReqMessage', because: 'before-register' },
    { name: 'OffHookMessage', because: 'before-register' },
  ]);
  expect(names(phone.comeUp('ipctest2'))).toContain('RegisterAckMessage');
});

test('new settings are told to phones that ask from then on', async () => {
  const { rig, phone } = await registered(20);
  only(phone.say('ConfigStatReqMessage', {}), 'ConfigStatMessage');
  const { DEFAULT_SCCP } = await import('../../src/sccp/settings.js');
  rig.server.apply({ ...DEFAULT_SCCP, node: 'CM7', dateTemplate: 'D.M.YA' });
  expect(only(phone.say('ConfigStatReqMessage', {}), 'ConfigStatMessage').fields.serverName).toBe('CM7');
  const ack = only(phone.register(device.name, { deviceType: 404 }), 'RegisterAckMessage');
  expect(ack.fields.dateTemplate).toBe('D.M.YA');
});

test('a device that is configured anew is told its new lines', async () => {
  const { rig, phone } = await registered(11);
  only(phone.say('LineStatReqMessage', { lineNumber: 1 }), 'LineStatMessage');
  rig.database.configure([{ ...device, lines: [aLine('5999')] }], rig.clock.now());
  const line = only(phone.say('LineStatReqMessage', { lineNumber: 1 }), 'LineStatMessage');
  expect(line.fields.lineDirNumber).toBe('5999');
});
