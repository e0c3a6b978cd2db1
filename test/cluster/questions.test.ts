import { describe, expect, it } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { BusUnavailable, NodeSilent } from '../../src/cluster/ports.js';
import { NodeQuestions, QuestionRefused } from '../../src/cluster/questions.js';
import { seconds } from '../../src/core/time.js';
import { flushed } from '../support/cluster-lab.js';
import { ManualClock } from '../support/manual-clock.js';

const nodes = async () => {
  const clock = new ManualClock();
  const engine = new InProcessEngine(clock);
  const [one, two] = [engine.connection('CM1'), engine.connection('CM2')];
  const [asking, answering] = [new NodeQuestions(one), new NodeQuestions(two)];
  one.start();
  two.start();
  await flushed();
  return { clock, engine, one, two, asking, answering };
};

describe('a question to another node', () => {
  it('is answered by the part that knows its kind', async () => {
    const { asking, answering } = await nodes();
    answering.on('sum', ({ numbers }) => ({ sum: (numbers as number[]).reduce((one, other) => one + other, 0) }));
    expect(await asking.ask('CM2', 'sum', { numbers: [1, 2, 3] })).toMatchObject({ sum: 6 });
  });

  it('is refused in a sentence where nobody knows it, or the part fails', async () => {
    const { asking, answering } = await nodes();
    answering.on('hard', () => {
      throw new Error(`no${'!'.repeat(5_000)}`);
    });
    await expect(asking.ask('CM2', 'unheard', {})).rejects.toThrow(
      new QuestionRefused('this node does not know the question'),
    );
    const refused = await asking.ask('CM2', 'hard', {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QuestionRefused);
    expect((refused as Error).message.length).toBe(1_024);
  });

  it('has no answer from a node that is silent, not there, or says what is none', async () => {
    const { asking, answering, clock, two } = await nodes();
    await expect(asking.ask('CM9', 'sum', {})).rejects.toBeInstanceOf(NodeSilent);
    answering.on('slow', () => new Promise(() => {}));
    const late = asking.ask('CM2', 'slow', {}).catch((error: unknown) => error);
    await flushed();
    clock.advance(seconds(1));
    expect(await late).toMatchObject({ code: 'NO_ANSWER', node: 'CM2' });
    two.serve(() => Promise.resolve('[1]'));
    await expect(asking.ask('CM2', 'sum', {})).rejects.toBeInstanceOf(NodeSilent);
  });

  it('to all names the silent ones, and never rejects', async () => {
    const { asking, answering, engine, one } = await nodes();
    answering.on('who', () => ({ name: 'CM2' }));
    const { answers, silent } = await asking.askAll(['CM2', 'CM7', 'CM3'], 'who', {});
    expect([...answers].map(([node, { name }]) => [node, name])).toEqual([['CM2', 'CM2']]);
    expect(silent).toEqual(['CM3', 'CM7']);
    engine.stop();
    await expect(asking.ask('CM2', 'who', {})).rejects.toBeInstanceOf(BusUnavailable);
    expect((await asking.askAll(['CM2'], 'who', {})).silent).toEqual(['CM2']);
    expect(one.state.isConnected).toBe(false);
  });

  it('is refused where a node has too many to answer', async () => {
    const { asking, answering } = await nodes();
    const ends: ((answer: object) => void)[] = [];
    answering.on('slow', () => new Promise((resolve) => ends.push(resolve)));
    const all = Array.from({ length: 600 }, () => asking.ask('CM2', 'slow', {}).then(() => 'answered', String));
    await flushed();
    expect(ends).toHaveLength(512);
    for (const end of ends) end({});
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(512);
    expect(outcomes.at(-1)).toContain('too many questions');
  });

  it.each(['', '{', 'null', '{"v":1}', '{"v":1,"kind":7}', '{"v":1,"kind":"toString"}', '{"v":1,"kind":"__proto__"}'])(
    'that is %j is refused',
    async (text) => {
      const { one } = await nodes();
      expect(JSON.parse(await one.ask('CM2', text, seconds(1)))).toMatchObject({
        refused: 'this node does not know the question',
      });
    },
  );
});
