import { describe, expect, it } from 'vitest';
import { type StepName, stepRow } from '../../src/drill/steps.js';
import { type ActorsSetup, planOf, recordedActors, refusal } from './harness.js';

/** Does the steps of a text, one after the other: what was done, and what was remarked. */
const run = async (steps: string, setup: ActorsSetup = {}) => {
  const plan = planOf(`nodes: [CM1, CM2]\nsteps: [${steps}]`);
  const { actors, done } = recordedActors(setup);
  const remarks: string[] = [];
  for (const [index, { step, argument }] of plan.steps.entries())
    remarks.push(await stepRow(step as StepName).act(argument, actors, index));
  return { done, remarks, installed: [...actors.installed.keys()] };
};

describe('steps', () => {
  it('of nodes do what they say to each', async () => {
    const { done } = await run(
      '{ at: 0s, kill: [CM1, CM2] }, { at: 0s, start: CM1 }, { at: 0s, cut: CM1 }, { at: 0s, join: CM1 }, { at: 0s, stop: CM1 }',
    );
    expect(done).toEqual(['kill CM1', 'kill CM2', 'start CM1', 'cut CM1', 'join CM1', 'stop CM1']);
  });

  it('with a command go to each node that runs', async () => {
    const { done, remarks } = await run('{ at: 0s, kill: CM1 }, { at: 0s, reset: { devices: SEP02*, perSecond: 9 } }', {
      answers: { 'POST /api/commands': { devices: 7 } },
    });
    expect(done.slice(1)).toEqual([
      'CM2 GET /api/nodes',
      'CM2 POST /api/commands {"command":"reset","filter":{"status":"Registered","name":"SEP02*"},"perSecond":9}',
    ]);
    expect(remarks[1]).toBe('7 phones');
  });

  it('with a command go to one node where a bus connects them, which commands the phones of all', async () => {
    const { done } = await run('{ at: 0s, restart: all }', { answers: { 'GET /api/nodes': { bus: { state: 'up' } } } });
    expect(done).toEqual([
      'CM1 GET /api/nodes',
      'CM1 POST /api/commands {"command":"restart","filter":{"status":"Registered"},"perSecond":50}',
    ]);
  });

  it('that expire say how many registrations there were', async () => {
    const { done, remarks } = await run('{ at: 0s, expire: all }, { at: 0s, expire: CM2 }', {
      answers: { 'POST /api/registrations/expire': { ended: 100 } },
    });
    expect(done).toEqual([
      'CM1 POST /api/registrations/expire',
      'CM2 POST /api/registrations/expire',
      'CM2 POST /api/registrations/expire',
    ]);
    expect(remarks).toEqual(['200 registrations', '100 registrations']);
  });

  it('with a fault add the rule to the nodes, and clear it where it is', async () => {
    const { done, installed } = await run(
      [
        '{ at: 0s, fault: { id: loss, where: all, fault: drop, chance: 0.3 } }',
        '{ at: 0s, fault: { where: sip, fault: delay, delay: 1s, nodes: CM2 } }',
        '{ at: 0s, kill: CM1 }',
        '{ at: 0s, clear: loss }',
      ].join(', '),
    );
    expect(done).toEqual([
      'CM1 POST /api/faults {"where":"all","fault":"drop","chance":0.3,"id":"loss"}',
      'CM2 POST /api/faults {"where":"all","fault":"drop","chance":0.3,"id":"loss"}',
      'CM2 POST /api/faults {"where":"sip","fault":"delay","delay":"1s","id":"drill-2"}',
      'kill CM1',
      'CM2 DELETE /api/faults/loss',
    ]);
    expect(installed).toEqual(['drill-2']);
  });

  it('with a fault at nodes of somebody else have it end by itself, unless the rule says when', async () => {
    const { done } = await run(
      '{ at: 0s, fault: { id: a, where: sip, fault: drop } }, { at: 0s, fault: { id: b, where: sip, fault: drop, for: 3s } }',
      { nodes: ['CM1'], foreign: true },
    );
    expect(done).toEqual([
      'CM1 POST /api/faults {"for":"90s","where":"sip","fault":"drop","id":"a"}',
      'CM1 POST /api/faults {"for":"3s","where":"sip","fault":"drop","id":"b"}',
    ]);
  });

  it('with a fault that a later node refuses know where it is', async () => {
    const { actors } = recordedActors({ answers: { 'CM2 POST /api/faults': new Error('no') } });
    const adding = stepRow('fault').act({ id: 'loss', where: 'all', fault: 'drop' }, actors, 0);
    await expect(adding).rejects.toThrow('no');
    expect([...actors.installed]).toEqual([['loss', new Set(['CM1'])]]);
  });

  it('with a fault under one id at one node after the other clear it at both', async () => {
    const { done, installed } = await run(
      [
        '{ at: 0s, fault: { id: loss, where: all, fault: drop, nodes: CM1 } }',
        '{ at: 0s, fault: { id: loss, where: all, fault: drop, nodes: CM2 } }',
        '{ at: 0s, clear: loss }',
      ].join(', '),
    );
    expect(done.slice(2)).toEqual(['CM1 DELETE /api/faults/loss', 'CM2 DELETE /api/faults/loss']);
    expect(installed).toEqual([]);
  });

  it('that clear a fault go on where a node that was started anew has it no more', async () => {
    const { done, installed } = await run(
      [
        '{ at: 0s, fault: { id: loss, where: all, fault: drop } }',
        '{ at: 0s, kill: CM1 }',
        '{ at: 0s, start: CM1 }',
        '{ at: 0s, clear: loss }',
      ].join(', '),
      { answers: { 'CM1 DELETE /api/faults/loss': refusal('unknown-fault') } },
    );
    expect(done.slice(4)).toEqual(['CM1 DELETE /api/faults/loss', 'CM2 DELETE /api/faults/loss']);
    expect(installed).toEqual([]);
  });

  it('that cannot clear a fault at a node still know where it is', async () => {
    const { actors } = recordedActors({ answers: { 'CM2 DELETE /api/faults/loss': refusal('token') } });
    await stepRow('fault').act({ id: 'loss', where: 'all', fault: 'drop' }, actors, 0);
    await expect(stepRow('clear').act('loss', actors, 1)).rejects.toThrow('token');
    expect([...actors.installed]).toEqual([['loss', new Set(['CM2'])]]);
  });

  it('take services away and bring them back', async () => {
    const { done } = await run(
      '{ at: 0s, dhcp: away }, { at: 0s, files: away }, { at: 0s, files: back }, { at: 0s, clear: all }',
      {
        nodes: ['CM1'],
      },
    );
    expect(done).toEqual([
      'CM1 POST /api/faults {"where":"dhcp","fault":"silence","id":"drill-dhcp-away"}',
      'CM1 POST /api/faults {"where":"tftp","fault":"silence","id":"drill-tftp-away"}',
      'CM1 POST /api/faults {"where":"http","fault":"silence","id":"drill-http-away"}',
      'CM1 DELETE /api/faults/drill-tftp-away',
      'CM1 DELETE /api/faults/drill-http-away',
      'CM1 DELETE /api/faults/drill-dhcp-away',
    ]);
  });

  it('set the clock of every node', async () => {
    const { done } = await run('{ at: 0s, clock: +1h }, { at: 0s, clock: 0s }', { nodes: ['CM1'] });
    expect(done).toEqual(['CM1 PUT /api/clock {"ahead":3600000}', 'CM1 PUT /api/clock {"ahead":0}']);
  });

  it('have a switch for the power of phones', async () => {
    const { done } = await run('{ at: 0s, power: off }, { at: 0s, power: on }, { at: 0s, power: cycle }');
    expect(done).toEqual(['power off', 'power on', 'power off', 'power on']);
  });

  it('roll a configuration out and back', async () => {
    const { done, remarks } = await run(
      '{ at: 0s, configuration: { device: { model: "7940" }, keys: { knocks: true } } }, { at: 0s, configuration: back }',
    );
    expect(done).toEqual(['configure {"keys":{"knocks":true},"device":{"model":"7940"}}', 'configure null']);
    expect(remarks[0]).toBe('CM1: the configuration was read again');
  });

  it.each([
    ['{ at: 0s, clear: loss }', 'loss: found no such fault that this drill has added, wanted one'],
    ['{ at: 0s, files: back }', 'drill-tftp-away: found no such fault that this drill has added, wanted one'],
    ['{ at: 0s, kill: [CM1, CM2] }, { at: 0s, reset: all }', 'found no node that runs, wanted one to give the command'],
  ])('that cannot be done say why: %s', async (steps, said) => {
    await expect(run(steps)).rejects.toThrow(said);
  });
});
