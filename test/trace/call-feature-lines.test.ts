// How calls that answer by themselves, move between phones and page are told.

import { describe, expect, it } from 'vitest';
import type { CallMoved, CallOffered, CallPaged } from '../../src/calls/index.js';
import { callLines } from '../../src/trace/lines/calls.js';

const LEG = { at: 0, call: 1001, leg: 0x0100_0010, device: 'SEP1', dn: '5002' };
const PARTY = { number: '5003', name: '', device: 'SEP2' };
const OFFER = {
  ...LEG,
  type: 'call.offered',
  to: 0x0100_0011,
  toDevice: 'SEP2',
  calling: PARTY,
  dialled: '*755003',
  called: PARTY,
};

describe('a call', () => {
  it.each([
    [{}, '', 'is offered the call'],
    [{ autoAnswer: 'headset' }, ', AutoAnswer=headset', 'is offered the call and answers by itself'],
    [
      { autoAnswer: 'speaker', isOneWay: true },
      ', AutoAnswer=speaker, OneWay',
      'is offered the call and answers by itself, with its microphone off',
    ],
  ])('offered with %j', (more, line, summary) => {
    const event = { ...OFFER, ...more } as unknown as CallOffered;
    const { text, summary: told } = callLines['call.offered'];
    expect(text(event as never)).toMatch(new RegExp(`DestDevice=SEP2${line}$`));
    expect(told(event as never)?.text).toBe(`calls *755003: SEP2 ${summary}`);
  });

  it('that another phone of the line resumed', () => {
    const event = { ...LEG, type: 'call.moved', to: 0x0100_0012, toDevice: 'SEP2' } as unknown as CallMoved;
    expect(callLines['call.moved'].text(event as never)).toBe(
      'SharedLine: remote resume. GCI=(1, 1001), CI=16777232, Device=SEP1, DestCI=16777234, DestDevice=SEP2',
    );
    expect(callLines['call.moved'].summary(event as never)?.text).toBe('held a call that SEP2 has resumed');
  });

  it.each([
    [{ listening: 2, called: 1, missed: 0 }, 'plain'],
    [{ listening: 0, called: 0, missed: 3 }, 'bad'],
  ] as const)('that pages: %j', (counts, tone) => {
    const event = { ...LEG, type: 'call.paged', number: '*90', group: '239.1.1.1', ...counts } as unknown as CallPaged;
    expect(callLines['call.paged'].summary(event as never)).toMatchObject({ tone, about: 'SEP1' });
    expect(callLines['call.paged'].text(event as never)).toContain(
      `Listening=${counts.listening}, Called=${counts.called}`,
    );
  });
});
