// The rules for faults in the configuration, and what is wrong with one.

import { describe, expect, it } from 'vitest';
import { checkedFaultRule, describeReload } from '../../src/config/index.js';
import { faultNames } from '../../src/injection/protocols/names.js';
import { FAULT_NAMES } from '../../src/injection/settings.js';
import { faultsIn, load } from './harness.js';

it('has no rules by default', async () => {
  expect((await load('')).inject).toEqual([]);
});

it('fills in what a rule does not say', async () => {
  expect((await load('inject: [{ where: sip, fault: drop, message: REGISTER }]')).inject).toEqual([
    {
      ...{ where: 'sip', fault: 'drop', message: ['REGISTER'] },
      ...{ oneIn: 1, chance: 1, skip: 0, seed: 1, after: 0 },
    },
  ]);
});

it.each([
  ['200ms', { from: 200, to: 200 }],
  ['{ from: 100ms, to: 1s }', { from: 100, to: 1000 }],
  ['{ mean: 200ms, deviation: 50ms }', { mean: 200, deviation: 50 }],
])('delay: %s', async (written, delay) => {
  const { inject } = await load(`inject: [{ where: all, fault: delay, delay: ${written} }]`);
  expect(inject[0]?.delay).toEqual(delay);
});

const faultOf = (rule: Record<string, unknown>): readonly string[] => {
  const checked = checkedFaultRule(rule, faultNames);
  return 'faults' in checked
    ? checked.faults.map(({ key, found, wanted }) => `${key}: found ${found}, wanted ${wanted}`)
    : [];
};

describe('a rule is told', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown place', { where: 'ftp', fault: 'drop' }, 'where: found "ftp", wanted dhcp, tftp, http'],
    ['no place', { fault: 'drop' }, 'where: found nothing'],
    ['an unknown fault', { where: 'sip', fault: 'dorp' }, 'fault: found "dorp", wanted drop, delay'],
    [
      'a fault of another place',
      { where: 'sip', fault: 'nak' },
      'fault: found "nak", wanted a fault of sip: drop, delay',
    ],
    [
      'a fault that no message has',
      { where: 'all', fault: 'no-ringing' },
      'fault: found "no-ringing", wanted a fault of all',
    ],
    [
      'an unknown key',
      { where: 'sip', fault: 'drop', mesage: 'BYE' },
      'mesage: found an unknown key, wanted message (is that what was meant?)',
    ],
    ['an argument too few', { where: 'sip', fault: 'delay' }, 'delay: found nothing, wanted what delay needs to know'],
    [
      'an argument too many',
      { where: 'sip', fault: 'drop', rate: 10 },
      'rate: found 10, wanted no such key: drop does not use it',
    ],
    [
      'an unknown message',
      { where: 'sccp', fault: 'drop', message: 'KeepAliveAckMesage' },
      'message.0: found "KeepAliveAckMesage", wanted KeepAliveAckMessage (is that what was meant?)',
    ],
    [
      'a message of nothing like it',
      { where: 'dhcp', fault: 'drop', message: 'xyzzyx' },
      'message.0: found "xyzzyx", wanted one of DISCOVER, OFFER',
    ],
    [
      'a message where it knows its own',
      { where: 'dhcp', fault: 'nak', message: 'REQUEST' },
      'message: found a list of 1, wanted no such key: nak knows its messages itself',
    ],
    [
      'an unknown field',
      { where: 'sccp', fault: 'garble', message: 'RegisterAckMessage', field: 'keepAliveIntervall' },
      'field: found "keepAliveIntervall", wanted keepAliveInterval (is that what was meant?)',
    ],
    [
      'a field of another message',
      { where: 'tftp', fault: 'garble', message: 'DATA', field: 'code' },
      'field: found "code", wanted',
    ],
    [
      'an unknown header',
      { where: 'sip', fault: 'set', field: 'Expirs', value: 1 },
      'field: found "Expirs", wanted Expires (is that what was meant?)',
    ],
    [
      'a wrong direction',
      { where: 'sip', fault: 'refuse', direction: 'sent' },
      'direction: found "sent", wanted one of received for refuse',
    ],
    [
      'an unknown model',
      { where: 'sip', fault: 'drop', model: '9999' },
      'model: found "9999", wanted a model by name or type id',
    ],
    [
      'a wrong address',
      { where: 'sip', fault: 'drop', address: '10.0.0' },
      'address: found "10.0.0", wanted an IPv4 address',
    ],
    ['no chance', { where: 'sip', fault: 'drop', chance: 0 }, 'chance: found 0, wanted a share above 0'],
    [
      'a delay backwards',
      { where: 'sip', fault: 'delay', delay: { from: '2s', to: '1s' } },
      'delay: found a mapping, wanted a duration',
    ],
    ['a wrong id', { id: 'a b', where: 'sip', fault: 'drop' }, 'id: found "a b", wanted 1 to 64 letters'],
  ])('%s', (_, rule, fault) => {
    expect(faultOf(rule)).toEqual([expect.stringContaining(fault)]);
  });

  it('every fault at once', () => {
    expect(faultOf({ where: 'sip', fault: 'set', device: '', chance: 2 })).toHaveLength(2);
    expect(faultOf({ where: 'sip', fault: 'set', model: 'x', message: ['A', 'B'] })).toHaveLength(5);
    expect(faultOf([] as never)).toHaveLength(1);
  });
});

it('takes a rule for every fault of the table', () => {
  const arguments_: Record<string, object> = {
    delay: { delay: '1s' },
    garble: { field: 'body' },
    set: { field: 'body', value: 'x' },
    'wrong-file': { file: 'x' },
  };
  const placeOf: Record<string, string> = {
    ...{ nak: 'dhcp', 'wrong-option-150': 'dhcp', 'text-option-150': 'dhcp', 'wrong-file': 'tftp' },
    ...{ 'stale-file': 'http', 'expired-certificate': 'tls', 'no-ringing': 'call', 'one-way-audio': 'call' },
  };
  for (const fault of FAULT_NAMES)
    expect(faultOf({ where: placeOf[fault] ?? 'sip', fault, ...arguments_[fault] })).toEqual([]);
});

it('names the file and the line of a fault', async () => {
  expect(await faultsIn('inject:\n  - { where: sip, fault: drop }\n  - { where: sip, fault: delay }\n')).toEqual([
    expect.stringMatching(/:3: inject\.1\.delay: found nothing/),
  ]);
  expect(
    await faultsIn('inject:\n  - { id: a, where: sip, fault: drop }\n  - { id: a, where: sip, fault: drop }\n'),
  ).toEqual([expect.stringContaining('inject.1.id: found "a", wanted an id that no other rule has')]);
});

it('takes effect with a reload', async () => {
  const old = await load('');
  const fresh = await load('inject: [{ where: sip, fault: drop }]');
  expect(describeReload(old, { ...old, inject: fresh.inject })).toMatchObject({ live: ['inject'], restart: [] });
});
