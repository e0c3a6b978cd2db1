// The pages for phones: what each shows, to whom, in which characters, and what a stranger can do with them.

import { describe, expect, it, vi } from 'vitest';
import type { CallEnded } from '../../src/calls/events.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { milliseconds } from '../../src/core/time.js';
import { CALLS_LISTED } from '../../src/services/call-lists.js';
import { aDevice, aLine } from '../support/devices.js';
import { SETTINGS, ServiceHarness, textsOf } from './harness.js';

const ANNA = 'SEP000000000001';
const BORIS = 'SEP000000000002';
const THIRD = 'SEP000000000003';
const AT_ANNA = '10.10.210.201';
const AT_BORIS = '10.10.210.202';

const named = (dn: string, name: string) => ({ ...aLine(dn, name) });

const lab = (settings = SETTINGS): ServiceHarness => {
  const harness = new ServiceHarness(
    [
      { ...aDevice(ANNA, { model: '7962', description: 'Desk of Anna' }), lines: [named('5001', 'Anna Berg')] },
      { ...aDevice(BORIS, { model: '7960' }), lines: [named('5002', 'Борис Öz')] },
      { ...aDevice(THIRD, { model: '7962' }), lines: [named('5003', '<b>&"\u0007 Carl')] },
      { ...aDevice('SEP000000000004', { suspended: true }), lines: [named('5004', 'Nobody')] },
    ],
    settings,
  );
  harness.register(ANNA, AT_ANNA);
  harness.register(BORIS, AT_BORIS);
  return harness;
};

describe('the pages for phones', () => {
  it.each([
    ['/phone/services', 'CiscoIPPhoneMenu'],
    ['/phone/directory', 'CiscoIPPhoneMenu'],
    ['/phone/directory/search', 'CiscoIPPhoneInput'],
    ['/phone/directory/list', 'CiscoIPPhoneDirectory'],
    ['/phone/calls/missed', 'CiscoIPPhoneText'],
    ['/phone/idle', 'CiscoIPPhoneText'],
    ['/phone/help', 'CiscoIPPhoneText'],
    ['/ccmcip/xmldirectory.jsp', 'CiscoIPPhoneMenu'],
    ['/CCMCIP/GetServicesMenu.jsp', 'CiscoIPPhoneMenu'],
  ])('%s shows a %s', (path, root) => {
    expect(lab().open(path, { from: AT_ANNA }).name).toBe(root);
  });

  it('are nowhere else, and nowhere at all if they are off', () => {
    const harness = lab();
    expect(harness.ask('/phone/secret')).toBeUndefined();
    harness.services.apply({ ...SETTINGS, pages: false });
    expect(harness.ask('/phone/services')).toBeUndefined();
    expect(harness.ask('/phone/authenticate')).toBeDefined();
    expect(harness.bus.hasListener('call.ended')).toBe(false);
    harness.services.apply(SETTINGS);
    expect(harness.ask('/phone/services')).toBeDefined();
  });

  it('lead to each other at the host that the phone called, with its name', () => {
    const urls = textsOf(lab().open('/phone/services', { from: AT_ANNA, host: 'cm1.lab:6970' }), 'URL');
    expect(urls[0]).toBe(`http://cm1.lab:6970/phone/directory/search?name=${ANNA}`);
    expect(textsOf(lab().open('/phone/services'), 'URL')[0]).toBe('http://10.10.210.10:6970/phone/directory/search');
  });

  it('have the services of the owner and of the device in the menu', () => {
    const harness = new ServiceHarness([aDevice(ANNA, { serviceUrls: [{ name: 'Mine', url: 'http://mine/' }] })], {
      ...SETTINGS,
      entries: [{ name: 'Ours', url: 'http://ours/?a=1&b=2' }],
    });
    harness.register(ANNA, AT_ANNA);
    const menu = harness.open('/phone/services', { from: AT_ANNA });
    expect(textsOf(menu, 'Name').slice(-2)).toEqual(['Mine', 'Ours']);
    expect(textsOf(menu, 'URL').slice(-2)).toEqual(['http://mine/', 'http://ours/?a=1&b=2']);
  });

  it('are in the characters of the model', () => {
    const harness = lab();
    expect(harness.ask('/phone/directory/list', { from: AT_ANNA })).toMatchObject({
      headers: { 'Content-Type': 'text/xml; charset=UTF-8' },
    });
    const latin = harness.ask('/phone/directory/list', { from: AT_BORIS });
    expect(latin?.headers).toMatchObject({ 'Content-Type': 'text/xml; charset=ISO-8859-1' });
    expect(latin?.body.toString('latin1')).toContain('<Name>Boris Öz</Name>');
  });

  it('show when idle who the phone is, and ask to be opened again', () => {
    const harness = lab();
    const answer = harness.ask('/phone/idle', { from: AT_ANNA });
    expect(answer?.headers).toMatchObject({ Refresh: '60' });
    expect(textsOf(harness.open('/phone/idle', { from: AT_ANNA }), 'Text')).toEqual([
      'Desk of Anna\n5001 Anna Berg\n17:17\nregistered since 17:17\nload SCCP45.9-4-2SR3-1S',
    ]);
    harness.clock.advance(86_400_000);
    expect(textsOf(harness.open('/phone/idle', { from: AT_ANNA }), 'Text')[0]).toContain('registered since 14 Jan');
  });

  it('report who opened what', () => {
    const harness = lab();
    harness.ask('/phone/services', { from: AT_ANNA });
    harness.ask('/phone/services', { from: '10.9.9.9' });
    harness.ask('/phone/services', { from: AT_ANNA, isTraced: false });
    expect(harness.events).toMatchObject([
      { type: 'service.opened', device: ANNA, address: AT_ANNA, page: 'services', status: 200 },
      { type: 'service.opened', address: '10.9.9.9' },
    ]);
    expect(harness.events[1]).not.toHaveProperty('device');
  });

  it('are bounded in a second, whoever opens them, and one address takes no more than its part', () => {
    const harness = lab();
    const opened = (from: string): number =>
      Array.from({ length: 250 }, () => harness.ask('/phone/idle', { from })?.status).filter((status) => status === 200)
        .length;
    expect([1, 2, 3, 4, 5].map((source) => opened(`10.9.9.${source}`))).toEqual([50, 50, 50, 50, 0]);
    harness.clock.advance(1_000);
    expect(harness.ask('/phone/idle', { from: '10.9.9.1' })?.status).toBe(200);
  });
});

describe('the directory', () => {
  it.each([
    ['', ['<b>&"', 'Anna Berg', 'Борис Öz']],
    ['f=an', ['Anna Berg']],
    ['l=be', ['Anna Berg']],
    ['l=an', []],
    ['l=oz', ['Борис Öz']],
    ['f=bor', ['Борис Öz']],
    ['n=5003', ['<b>&"']],
    ['n=500&f=a', ['Anna Berg']],
    ['f=%00%FF&n=(.*', []],
    ['start=-1', ['<b>&"', 'Anna Berg', 'Борис Öz']],
    ['start=999999999', ['Борис Öz']],
    [`f=${'x'.repeat(10_000)}`, []],
  ])('finds with %j', (query, names) => {
    const found = textsOf(lab().open(`/phone/directory/list?${query}`), 'Name');
    expect(
      found.filter((name) => !['Dial', 'EditDial', 'Exit'].includes(name)).map((name) => name.replace(/ Carl$/, '')),
    ).toEqual(names);
  });

  it('comes in pages of 32, with a key for the next', () => {
    const harness = new ServiceHarness(
      Array.from({ length: 70 }, (_, index) => {
        const digits = String(index).padStart(3, '0');
        return { ...aDevice(`SEP000000000${digits}`), lines: [named(`1${digits}`, `User ${digits}`)] };
      }),
    );
    const counts: number[] = [];
    const prompts: string[] = [];
    for (let target: string | undefined = '/phone/directory/list?f=u'; target !== undefined; ) {
      const page = harness.open(target);
      counts.push(textsOf(page, 'Telephone').length);
      prompts.push(...textsOf(page, 'Prompt'));
      target = textsOf(page, 'URL').find((url) => url.startsWith('http'));
    }
    expect(counts).toEqual([32, 32, 6]);
    expect(prompts).toEqual(['1 to 32 of 70', '33 to 64 of 70', '65 to 70 of 70']);
  });

  it('knows devices that are added, changed and removed while it is served', () => {
    const harness = lab();
    const numbers = () => textsOf(harness.open('/phone/directory/list'), 'Telephone');
    expect(numbers()).toEqual(['5003', '5001', '5002']);
    harness.database.put(
      { ...aDevice('SEP000000000009'), lines: [named('5009', 'Zoe')] },
      'runtime',
      harness.clock.now(),
    );
    harness.database.remove(BORIS, harness.clock.now());
    harness.clock.advance(1_000);
    expect(numbers()).toEqual(['5003', '5001', '5009']);
  });

  it('is made once a second, however often devices change', () => {
    const harness = lab();
    const devices = vi.spyOn(harness.database, 'devices');
    for (let count = 0; count < 40; count += 1) {
      harness.open('/phone/directory/list');
      harness.database.put(aDevice('SEP000000000009'), 'runtime', harness.clock.now());
      harness.database.remove('SEP000000000009', harness.clock.now());
    }
    expect(devices).toHaveBeenCalledTimes(1);
    harness.clock.advance(1_000);
    harness.open('/phone/directory/list');
    harness.open('/phone/directory/list');
    expect(devices).toHaveBeenCalledTimes(2);
  });

  it('has a line that two devices share once', () => {
    const shared = [aDevice(ANNA), aDevice(BORIS)].map((device) => ({ ...device, lines: [named('5001', 'Both')] }));
    expect(textsOf(new ServiceHarness(shared).open('/phone/directory/list'), 'Telephone')).toEqual(['5001']);
  });
});

const party = (number: string, name: string) => ({ number, name, device: undefined });
const end = (leg: number, device: string | undefined) => ({
  leg,
  ...(device === undefined ? {} : { device: device as DeviceName }),
  cause: 16 as const,
  by: 'user' as const,
});

/** One call from Anna to Boris, who has the number 5002. */
const call = (
  harness: ServiceHarness,
  { id = 1, answered = false, offered = [BORIS], calling = party('5001', 'Anna Berg') } = {},
): void => {
  const at = harness.clock.now();
  const called = party('5002', 'Boris');
  const { bus } = harness;
  const about = { at, call: id, leg: 1, dn: '5001' };
  const target = { kind: 'line', dn: '5002' } as const;
  bus.publish({ type: 'call.analysed', ...about, device: ANNA as DeviceName, dialled: '5002', target, steps: [] });
  for (const [index, toDevice] of offered.entries())
    bus.publish({
      ...{ type: 'call.offered', ...about, to: 2 + index, toDevice: toDevice as DeviceName, toDn: '5002' },
      ...{ calling, dialled: '5002', called },
    });
  if (answered) bus.publish({ type: 'call.answered', ...about, leg: 2, waited: milliseconds(0) });
  for (const index of offered.keys())
    bus.publish({ type: 'call.released', ...about, leg: 2 + index, cause: 0, by: 'far' });
  bus.publish({
    ...{ type: 'call.ended', at, call: id, dialled: '5002', calling, called, originalCalled: called },
    ...{ lastRedirecting: called, redirectReason: 0, startedAt: at, dtmf: 'none' },
    ...(answered ? { answeredAt: at } : {}),
    orig: end(1, ANNA),
    dest: end(2, offered[0]),
  } satisfies CallEnded);
};

const LISTS = ['missed', 'placed', 'received'] as const;

describe('the call lists', () => {
  it.each([
    ['that nobody answered', { answered: false }, { placed: ANNA, missed: BORIS }],
    ['that was answered', { answered: true }, { placed: ANNA, received: BORIS }],
  ] as const)('of a call %s are those of its phones', (_what, how, expected) => {
    const harness = lab();
    call(harness, how);
    for (const list of LISTS)
      for (const [device, from] of [
        [ANNA, AT_ANNA],
        [BORIS, AT_BORIS],
      ] as const) {
        const numbers = textsOf(harness.open(`/phone/calls/${list}`, { from }), 'Telephone');
        const isThere = (expected as Record<string, string>)[list] === device;
        expect([list, device, numbers]).toEqual([list, device, isThere ? [device === ANNA ? '5002' : '5001'] : []]);
      }
  });

  it('have a call that rang at two phones as missed at both, but for a line that logs none', () => {
    const harness = lab();
    harness.database.put(
      { ...aDevice(THIRD), lines: [{ ...named('5002', 'Third'), logMissed: false }] },
      'configured',
      harness.clock.now(),
    );
    harness.register(THIRD, '10.10.210.203');
    call(harness, { offered: [BORIS, THIRD] });
    const missed = (from: string) => textsOf(harness.open('/phone/calls/missed', { from }), 'Telephone');
    expect([missed(AT_BORIS), missed('10.10.210.203')]).toEqual([['5001'], []]);
  });

  it(`keep the last ${CALLS_LISTED}, the newest first, and forget a device that is removed`, () => {
    const harness = lab();
    for (let id = 1; id <= CALLS_LISTED + 8; id += 1) call(harness, { id, calling: party(String(6_000 + id), '') });
    const missed = () => textsOf(harness.open('/phone/calls/missed', { from: AT_BORIS }), 'Telephone');
    expect(missed()).toHaveLength(CALLS_LISTED);
    expect(missed()[0]).toBe(String(6_000 + CALLS_LISTED + 8));
    harness.database.remove(BORIS, harness.clock.now());
    harness.database.put({ ...aDevice(BORIS), lines: [named('5002', 'Boris')] }, 'configured', harness.clock.now());
    harness.register(BORIS, AT_BORIS);
    expect(missed()).toEqual([]);
  });

  it('are shown to the phone itself alone, whatever name another gives', () => {
    const harness = lab();
    call(harness);
    const missed = (from: string, name: string) =>
      textsOf(harness.open(`/phone/calls/missed?name=${name}`, { from }), 'Telephone');
    expect(missed(AT_BORIS, BORIS)).toEqual(['5001']);
    expect(missed(AT_ANNA, BORIS)).toEqual([]);
    expect(missed('10.9.9.9', BORIS)).toEqual([]);
  });

  it('carry names that are no XML', () => {
    const harness = lab();
    call(harness, { calling: party('5001', '</Name><Telephone>0900</Telephone>') });
    expect(textsOf(harness.open('/phone/calls/missed', { from: AT_BORIS }), 'Telephone')).toEqual(['5001']);
  });
});

describe('the answer who may control a phone', () => {
  const asked = (harness: ServiceHarness, user: string, password: string, from = AT_ANNA): string | undefined =>
    harness
      .ask(`/phone/authenticate?${new URLSearchParams({ UserID: user, Password: password, devicename: ANNA })}`, {
        from,
      })
      ?.body.toString();

  it.each([
    ['lab', 'a good password', 'AUTHORIZED'],
    ['lab', 'a good passwor', 'UN-AUTHORIZED'],
    ['LAB', 'a good password', 'UN-AUTHORIZED'],
    ['', '', 'UN-AUTHORIZED'],
    ['lab', 'x'.repeat(100_000), 'UN-AUTHORIZED'],
  ])('to %j with %j is %s, without a line end', (user, password, answer) => {
    expect(asked(lab(), user, password)).toBe(answer);
  });

  it('is no for everybody where nobody is configured', () => {
    const harness = lab({ ...SETTINGS, authentication: undefined });
    expect(asked(harness, 'lab', 'a good password')).toBe('UN-AUTHORIZED');
    expect(harness.events).toMatchObject([{ type: 'service.authenticated', outcome: 'off', device: ANNA }]);
  });

  it('is no for a minute after five wrong passwords from an address, and others are not held up', () => {
    const harness = lab();
    for (let count = 0; count < 5; count += 1) asked(harness, 'lab', `guess ${count}`);
    expect(asked(harness, 'lab', 'a good password')).toBe('UN-AUTHORIZED');
    expect(asked(harness, 'lab', 'a good password', AT_BORIS)).toBe('AUTHORIZED');
    harness.clock.advance(60_000);
    expect(asked(harness, 'lab', 'a good password')).toBe('AUTHORIZED');
    expect(harness.events.map((event) => 'outcome' in event && event.outcome)).toEqual([
      ...['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'locked', 'authorized', 'authorized'],
    ]);
    expect(JSON.stringify(harness.events)).not.toMatch(/guess|good/);
  });

  it('remembers a bounded number of addresses', () => {
    const harness = lab();
    for (let count = 0; count < 5; count += 1) asked(harness, 'lab', 'guess');
    for (let source = 0; source < 2_000; source += 1)
      asked(harness, 'lab', 'guess', `10.1.${source >> 8}.${source & 255}`);
    expect(asked(harness, 'lab', 'a good password')).toBe('AUTHORIZED');
  });
});
