// Digit analysis over directory numbers, emergency numbers, services and translations.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Analysis,
  type CallSettings,
  DEFAULT_CALLS,
  DialPlan,
  type RoutePattern,
  type Translation,
} from '../../src/calls/index.js';
import { applyMask } from '../../src/calls/number-transforms.js';

const route = (match: string, more: Partial<RoutePattern> = {}): RoutePattern => ({
  ...{ match, trunk: 'PBX', discard: 'none', prefix: '', mask: '', callerMask: '', urgent: false },
  ...more,
});

const planOf = (
  numbers: readonly string[],
  translations: readonly Translation[] = [],
  patterns: readonly RoutePattern[] = [],
) => {
  const directory = new Set(numbers);
  const plan = new DialPlan(
    { has: (dn) => directory.has(dn), all: () => directory },
    { ...DEFAULT_CALLS, translations, patterns },
  );
  return { plan, directory };
};

const said = (analysis: Analysis): string => {
  if (analysis.kind !== 'match') return analysis.kind;
  const { target, canGrow } = analysis;
  if (target.kind === 'trunk') {
    const trunks: string[] = [];
    for (let each: typeof target | undefined = target; each !== undefined; each = each.next)
      trunks.push(`${each.number} by ${each.trunk}`);
    return `${trunks.join(', else ')}${canGrow ? ' or longer' : ''}`;
  }
  const where = target.kind === 'line' ? target.dn : target.kind === 'service' ? target.service : 'emergency';
  return `${where}${canGrow ? ' or longer' : ''}`;
};

describe('digit analysis', () => {
  const { plan } = planOf(
    ['1001', '1002', '100', '20', '911'],
    [
      { match: '55XX', to: '1001' },
      { match: '555[0-4]', to: '20' },
      { match: '66', to: '67' },
      { match: '67', to: '66' },
      { match: '77', to: '999999' },
    ],
  );

  it.each([
    ['1001', '1001'],
    ['100', '100 or longer'],
    ['10', 'incomplete'],
    ['', 'incomplete'],
    ['1003', 'none'],
    ['5512', '1001'],
    ['5551', '20'],
    ['55', 'incomplete'],
    ['66', 'none'],
    ['77', 'none'],
    ['112', 'emergency'],
    ['911', '911'],
    ['*41', 'echo'],
    ['*4', 'incomplete'],
    ['*43', 'busy'],
    ['8', 'none'],
  ])('%j leads to %s', (text, expected) => {
    expect(said(plan.analyse(text))).toBe(expected);
  });

  it('names the rules that led there', () => {
    expect(plan.analyse('5512')).toMatchObject({
      steps: [
        { rule: 'translation', pattern: '55XX', to: '1001' },
        { rule: 'line', pattern: '1001' },
      ],
    });
    const loop = plan.analyse('66');
    expect(loop.kind === 'none' && loop.steps.length).toBe(11);
  });

  it('follows numbers that come and go', () => {
    const { plan: changing, directory } = planOf(['1001']);
    expect(said(changing.analyse('30'))).toBe('none');
    directory.add('3001');
    changing.add('3001');
    changing.add('3001');
    expect(said(changing.analyse('30'))).toBe('incomplete');
    directory.delete('3001');
    changing.directoryChanged();
    expect(said(changing.analyse('30'))).toBe('none');
  });

  it('asks for more exactly where a longer number exists', () => {
    const number = fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 20 }), number, (numbers, text) => {
        const { plan: some } = planOf(numbers);
        const longer =
          numbers.some((dn) => dn !== text && dn.startsWith(text)) ||
          ['110', '112'].some((dn) => dn !== text && dn.startsWith(text));
        const result = some.analyse(text);
        const isNumber = numbers.includes(text) || text === '110' || text === '112';
        expect(result.kind).toBe(isNumber ? 'match' : longer ? 'incomplete' : 'none');
        if (result.kind === 'match') expect(result.canGrow).toBe(longer);
      }),
    );
  });
});

describe('an emergency number', () => {
  const members = ['5001'];
  const claimed: Partial<CallSettings> = {
    emergency: ['1501', '1500', '*73', '*75'],
    hunts: [{ dn: '1500', mode: 'first', members, ring: DEFAULT_CALLS.noAnswer }],
    pickup: '1500',
    pickupGroups: [{ name: 'A', number: '1500', members }],
    paging: [{ dn: '1500', group: '239.1.1.1', port: 30_000, members: [] }],
    park: { ...DEFAULT_CALLS.park, range: '1500-1509' },
    conference: { ...DEFAULT_CALLS.conference, rooms: '1500-1509' },
    services: { echo: '1500' },
    translations: [{ match: '1500', to: '5001' }],
    patterns: [route('1500')],
  };
  const planWith = (more: Partial<CallSettings>, numbers = members) =>
    new DialPlan({ has: (dn) => numbers.includes(dn), all: () => numbers }, { ...DEFAULT_CALLS, ...more });
  const kindOf = (plan: DialPlan, text: string) => {
    const analysis = plan.analyse(text);
    return analysis.kind === 'match' ? analysis.target.kind : analysis.kind;
  };

  it.each(Object.keys(claimed).filter((key) => key !== 'emergency') as (keyof CallSettings)[])(
    'comes before calls.%s',
    (key) => {
      const plan = planWith({ [key]: claimed[key], emergency: ['1500'] });
      expect(kindOf(plan, '1500')).toBe('emergency');
      expect(kindOf(planWith({ [key]: claimed[key], emergency: [] }), '1500')).not.toBe('emergency');
    },
  );

  it('comes before all of them at once, and before the codes', () => {
    const plan = planWith(claimed);
    expect(['1500', '1501', '*73', '*75'].map((number) => kindOf(plan, number))).toEqual(Array(4).fill('emergency'));
    expect(kindOf(plan, '1502')).toBe('park');
  });

  it('comes behind a directory number', () => {
    expect(kindOf(planWith(claimed, ['1500']), '1500')).toBe('line');
  });
});

describe('who dials digit by digit', () => {
  const { plan } = planOf(
    ['5002', '50021'],
    [{ match: '8X', to: '5002' }],
    [route('9!'), route('7X', { urgent: true })],
  );

  it.each([
    ['1125', '112'],
    ['500212', '50021'],
    ['8123', '81'],
    ['7123', '71'],
    ['50021', undefined],
    ['9112', '911'],
    ['112', undefined],
    ['33', undefined],
    ['', undefined],
  ])('of %j has dialled %s', (text, end) => {
    expect(plan.endsAt(text)?.text).toBe(end);
  });
});

describe('numbers that leave by a trunk', () => {
  const { plan } = planOf(
    ['1001', '9001'],
    [{ match: '77', to: '4112' }],
    [
      route('9.!', { discard: 'predot' }),
      route('9.0XXX', { discard: 'predot', trunk: 'CLOSER' }),
      route('8.XXXX', { discard: 'predot', prefix: '00', urgent: true }),
      route('8!', { trunk: 'LONG' }),
      route('7XXX', { mask: '55XX' }),
      route('6XX', { trunk: 'FIRST' }),
      route('6XX', { trunk: 'SECOND', prefix: '4' }),
      route('5!#', { trunk: 'HASH' }),
      route('\\+49!', { trunk: 'PLUS' }),
      route('4.!', { discard: 'predot' }),
      route('0!', { trunk: 'OUT' }),
      route('3.!', { discard: 'predot', prefix: '11' }),
    ],
  );

  it.each([
    ['92000', '2000 by PBX or longer'],
    ['90001', '0001 by CLOSER or longer'],
    ['900012', '00012 by PBX or longer'],
    ['9001', '9001 or longer'],
    ['9', 'incomplete'],
    ['81234', '001234 by PBX'],
    ['8123', '8123 by LONG or longer'],
    ['7123', '5523 by PBX'],
    ['612', '612 by FIRST, else 4612 by SECOND'],
    ['5123', 'incomplete'],
    ['5123#', '5123 by HASH'],
    ['+4930123', '+4930123 by PLUS or longer'],
    ['2', 'none'],
  ])('%j leads to %s', (text, expected) => {
    expect(said(plan.analyse(text))).toBe(expected);
  });

  it('takes a # as a digit where a pattern has one, and else as the end', () => {
    expect([plan.takesHash('5123'), plan.takesHash('92000')]).toEqual([true, false]);
  });

  it.each([
    ['112', 'as it is'],
    ['911', 'as it is'],
    ['9112', 'with a digit to get a line, of a list that CUCM knows'],
    ['4112', 'less what stands before the dot'],
    ['4911', 'less what stands before the dot'],
    ['4999', 'less what stands before the dot'],
    ['4118', 'that is not configured, and is one in some country'],
    ['000', 'that is not configured, and is one in some country'],
    ['32', 'that a prefix makes'],
    ['77', 'that a translation leads to by way of a pattern'],
  ])('%s, %s, is answered here and never leaves', (text) => {
    expect(said(plan.analyse(text))).toBe('emergency');
  });

  it('waits for no digits of a pattern behind an emergency number', () => {
    const { plan: wide } = planOf([], [], [route('1!')]);
    expect([said(wide.analyse('112')), said(wide.analyse('1123'))]).toEqual(['emergency', '1123 by PBX or longer']);
  });

  it('never sends an emergency number, whatever the pattern makes of what was dialled', () => {
    const forbidden = new Set(['110', '112', '911', '999', '000', '9112', '9911', '115']);
    fc.assert(
      fc.property(
        fc.constantFrom('9.!', '9!', '[0-9]!', 'X.!', '!', '0.XXX', '9.XXX#', '\\+!'),
        fc.constantFrom('predot' as const, 'none' as const),
        fc.constantFrom('', '1', '11', '9', '+'),
        fc.constantFrom('', 'XXX', '11X', 'X12'),
        fc.stringMatching(/^[+]?[0-9]{1,5}#?$/),
        (match, discard, prefix, mask, text) => {
          const { plan: any } = planOf([], [], [route(match, { discard, prefix, mask })]);
          const analysis = any.analyse(text);
          if (analysis.kind !== 'match' || analysis.target.kind !== 'trunk') return;
          expect(forbidden).not.toContain(analysis.target.number.replace(/\D/g, ''));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

it.each([
  ['55XX', '1234', '5534'],
  ['XXXX', '12', '12'],
  ['XX', '1234', '34'],
  ['', '1234', '1234'],
  ['49', '1234', '49'],
])('the mask %s over %s is %s', (mask, number, expected) => {
  expect(applyMask(mask, number)).toBe(expected);
});
