import { describe, expect, it } from 'vitest';
import { parseAmount } from '../../src/drill/amount.js';
import { EXPECTATIONS } from '../../src/drill/expectations.js';
import { DRILL_STEPS, STEP_NAMES } from '../../src/drill/steps.js';
import { faultsOf, planOf } from './harness.js';

const SHORTEST = 'steps: [{ at: 5s, kill: CM1 }]';

describe('a drill', () => {
  it('needs no more than a step', () => {
    const plan = planOf(SHORTEST);
    expect(plan).toMatchObject({
      name: 'drill.yaml',
      startsNodes: true,
      nodes: [{ name: 'CM1' }],
      lasts: 65_000,
      phones: { count: 200, boot: 'tftp', mix: '7962/sccp=1,7975/sip=1', within: 60_000, spread: false },
      steps: [{ at: 5000, step: 'kill', argument: ['CM1'], title: 'kill CM1' }],
    });
  });

  it('has names for its steps, and several nodes in one', () => {
    const { steps } = planOf(
      [
        'nodes: [A, B]',
        'steps:',
        '  - { at: 0s, kill: [A, B], name: the power fails }',
        '  - { at: 1m, start: B }',
      ].join('\n'),
    );
    expect(steps.map(({ title, argument }) => [title, argument])).toEqual([
      ['the power fails', ['A', 'B']],
      ['start B', ['B']],
    ]);
  });

  it('of nodes that somebody else runs starts none', () => {
    const plan = planOf(
      [
        'nodes:',
        '  - { name: CM1, api: "http://10.1.1.1:8088", token: $LABCM_TOKEN }',
        'phones: { real: SEP* }',
        'steps: [{ at: 1s, reset: SEP00* }, { at: 2s, clock: -5m }, { at: 3s, expire: all }]',
      ].join('\n'),
    );
    expect(plan.startsNodes).toBe(false);
    expect(plan.steps.map(({ title }) => title)).toEqual(['reset SEP00*', 'clock -300 s', 'expire all']);
    expect(plan.steps[0]?.argument).toEqual({ devices: 'SEP00*', perSecond: 50 });
    expect(plan.steps[1]?.argument).toBe(-300_000);
  });

  it.each(STEP_NAMES)('takes %s as the documentation shows it', (name) => {
    const { example, needs, changes } = DRILL_STEPS[name] as {
      example: string;
      needs?: string;
      changes?: { from: readonly string[] };
    };
    const before =
      changes === undefined || changes.from.includes('running')
        ? ''
        : changes.from.includes('stopped')
          ? '{ at: 0s, stop: CM1 }, '
          : '{ at: 0s, cut: CM1 }, ';
    expect(needs === undefined || ['started-nodes', 'simulated-phones'].includes(needs)).toBe(true);
    const { steps } = planOf(`steps: [${before}{ at: 1s, ${example} }]`);
    expect(steps.at(-1)).toMatchObject({ step: name });
  });
});

describe('the faults of a drill', () => {
  it('are all said at once, each with its line, what was found and what is wanted', () => {
    const faults = faultsOf(
      [
        'nodes: [CM1, CM1]', // 1
        'phones: { count: 0, mix: many }',
        'steps:',
        '  - { at: 5s }',
        '  - { at: 9s, kill: CM1, stop: CM1 }', // 5
      ].join('\n'),
    );
    expect(faults).toEqual([expect.stringMatching(/^2: phones\.count: 0, a whole number from 1 to 60000$/)]);
  });

  it('that a schema cannot see are said at once, too', () => {
    const faults = faultsOf(
      [
        'nodes: [CM1, CM1]', // 1
        'phones: { mix: many, name: SEP, line: "%d" }',
        'steps:',
        '  - { at: 5s }',
        '  - { at: 9s, kill: CM1, stop: CM1 }', // 5
        '  - { at: 8s, start: CM1 }',
        '  - { at: 9s, kill: CM9 }',
        '  - { at: 9s, kill: CM1, expect: { at: { CM2: 3 } } }',
        '  - { at: 9s, kill: CM1 }',
        'lasts: 9s', // 10
        'expect: { at: { CM3: all }, nodes: { CM4: {} } }',
      ].join('\n'),
    );
    expect(faults).toEqual([
      '1: nodes.1.name: CM1, a name that no other node of the drill has',
      '2: phones.mix: "many", models and protocols with shares, such as 7962/sccp=60,7975/sip=40',
      '2: phones.name: "SEP", a pattern with the number of the phone, such as %d or %010X',
      expect.stringMatching(/^4: steps\.0: no step, one of stop, start, kill, /),
      expect.stringMatching(/^5: steps\.1: stop and kill, one of stop, /),
      '6: steps.2.at: 8 s, no less than the 9 s of the step before',
      '6: steps.2.start: start of CM1, which is running then, a node that is stopped',
      '7: steps.3.kill: "CM9", one of the nodes CM1, CM1',
      '8: steps.4.expect.at: "CM2", one of the nodes CM1, CM1',
      '9: steps.5.kill: kill of CM1, which is stopped then, a node that is running or cut off',
      '10: lasts: 9 s, more than the 9 s of the last step',
      '11: expect.at: "CM3", one of the nodes CM1, CM1',
      '11: expect.nodes: "CM4", one of the nodes CM1, CM1',
    ]);
  });

  it('are steps that nodes of somebody else, and real phones, cannot do', () => {
    const faults = faultsOf(
      [
        'nodes: [{ name: CM1, api: "http://127.0.0.1:8088" }, CM2, { name: CM3, api: nowhere, configuration: {} }]',
        'configuration: { knocks: false }',
        'phones: { real: "*", boot: full, calls: { perSecond: 1 } }',
        'steps:',
        '  - { at: 1s, kill: CM1 }',
        '  - { at: 1s, stop: CM1 }',
        '  - { at: 1s, cut: CM1 }',
        '  - { at: 1s, configuration: back }',
        '  - { at: 1s, power: off }',
      ].join('\n'),
    );
    expect(faults).toEqual(
      expect.arrayContaining([
        '1: nodes.1: CM2 without `api`, the address of its API, as other nodes have it; or none for all nodes',
        '1: nodes.2.api: "nowhere", an address such as http://10.10.210.10:8088',
        '1: nodes.2.configuration: one, none: a node with `api` is run by somebody else',
        '2: configuration: one, none: nodes with `api` are run by somebody else',
        expect.stringMatching(/^3: phones\.boot: full, /),
        '3: phones.calls: calls of real phones, none: the users of real phones make them',
        '5: steps.0.kill: kill of nodes with `api`, another step: the drill has not started these nodes',
        expect.stringMatching(/^6: steps\.1\.stop: stop of nodes/),
        expect.stringMatching(/^7: steps\.2\.cut: cut of nodes/),
        expect.stringMatching(/^8: steps\.3\.configuration: configuration of nodes/),
        '9: steps.4.power: power of real phones, another step: only simulated phones have a switch',
      ]),
    );
  });

  it.each(['$HOME', '$LABCM', '$LABCM_token'])('are a token that is another variable: %s', (token) => {
    const faults = faultsOf(
      `nodes:\n  - { name: A, api: "http://10.0.0.1", token: ${token} }\nsteps: [{ at: 1s, clock: 1h }]`,
    );
    expect(faults).toEqual([
      `2: nodes.0.token: ${token}, an environment variable whose name begins with LABCM_, such as $LABCM_TOKEN`,
    ]);
  });

  it('are a token that nobody has set', () => {
    expect(
      faultsOf('nodes: [{ name: A, api: "http://10.0.0.1", token: $LABCM_OTHER }]\nsteps: [{ at: 1s, clock: 1h }]'),
    ).toEqual([
      '1: nodes.0.token: $LABCM_OTHER, LABCM_OTHER in the environment, which has none; set it, or write the token',
    ]);
  });

  it.each([
    ['', 'steps'],
    ['steps: []', 'steps: none'],
    ['steps: [{ at: soon, kill: CM1 }]', 'steps.0.at: "soon", a duration'],
    ['steps: [{ at: 1s, kil: CM1 }]', 'steps.0.kil: an unknown key, kill (is that what was meant?)'],
    ['steps: [{ at: 1s, clock: tomorrow }]', 'steps.0.clock: "tomorrow", a step of the clock such as +1h'],
    [
      'steps: [{ at: 1s, clock: -3651d }]',
      'steps.0.clock: "-3651d", a step of the clock such as +1h, -5m or 0s, of at most',
    ],
    [
      'steps: [{ at: 1s, kill: CM1 }, { at: 1s, expire: CM1 }]',
      'steps.1.expire: expire of CM1, which is stopped then, a node that is running',
    ],
    [
      'steps: [{ at: 1s, cut: CM1 }, { at: 1s, fault: { where: all, fault: drop, nodes: CM1 } }]',
      'steps.1.fault: fault of CM1, which is cut off then, a node that is running',
    ],
    ['steps: [{ at: 1s, power: up }]', 'steps.0.power: "up", off, on or cycle'],
    ['steps: [{ at: 1s, kill: CM1, expect: { back: never } }]', 'steps.0.expect.back: "never", a duration'],
    ['steps: [{ at: 1s, kill: CM1, expect: { hit: many } }]', 'steps.0.expect.hit: "many", an amount of phones'],
    ['nodes: [', 'YAML'],
  ])('%j', (text, said) => {
    expect(faultsOf(text).join('\n')).toContain(said);
  });
});

describe('an amount of phones', () => {
  it.each([
    ['200', [200], [199, 201]],
    [3, [3], [2]],
    ['>= 190', [190, 200], [189]],
    ['10-20', [10, 20], [9, 21]],
    ['all', [200], [199]],
    ['none', [0], [1]],
    ['95%', [190], [189, 191]],
    ['>= 95 %', [190, 200], [189]],
    ['<= 2.5%', [5, 0], [6]],
    ['> 50%', [101], [100]],
    ['< 50%', [99], [100]],
  ] as const)('%s', (written, good, bad) => {
    const amount = parseAmount(written);
    expect(good.map((count) => amount?.holds(count, 200))).toEqual(good.map(() => true));
    expect(bad.map((count) => amount?.holds(count, 200))).toEqual(bad.map(() => false));
  });

  it.each(['', 'some', '101%', '-1', '1.5', '20-10', {}, null])('is not %j', (written) => {
    expect(parseAmount(written)).toBe(undefined);
  });
});

it('the expectations of a step and of the whole have the same keys', () => {
  const keys = Object.keys(EXPECTATIONS).filter((key) => key !== 'at' && key !== 'back');
  const written = keys.map((key) => `${key}: 0`).join(', ');
  const plan = planOf(
    `steps: [{ at: 1s, kill: CM1, expect: { ${written}, back: 1s, at: { CM1: all } } }]\nexpect: { ${written} }`,
  );
  expect(Object.keys(plan.steps[0]?.expect ?? {}).sort()).toEqual(Object.keys(EXPECTATIONS).sort());
});
