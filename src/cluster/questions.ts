// Questions from node to node: each has a kind, and a part of the daemon that answers it. Nobody waits longer than a moment,
// and a node that does not answer is named.

import { type Duration, seconds } from '../core/time.js';
import { type ClusterBus, NodeSilent } from './ports.js';
import { fieldsOf, textIn, type ValueFields, valueText } from './values.js';

/** How long a node may take. */
const WITHIN = seconds(1);
/** Questions that are being answered at once. What is more is refused, so that no node can keep another busy. */
const MOST_AT_ONCE = 512;

/** Characters of a refusal. */
const LONGEST_REFUSAL = 1_024;

/** Answers a question. What it throws is told to the node that asked, in one sentence. */
export type QuestionHandler = (question: ValueFields) => object | Promise<object>;

/** What all other nodes have answered. */
export interface Answers {
  readonly answers: ReadonlyMap<string, ValueFields>;
  /** The nodes that did not answer in time. */
  readonly silent: readonly string[];
}

/** The node could not do what it was asked for. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
  readonly code = 'QUESTION_REFUSED';
}

/** What nodes ask each other. */
export class NodeQuestions {
  readonly #bus: ClusterBus;
  readonly #handlers = new Map<string, QuestionHandler>();
  #answering = 0;

  constructor(bus: ClusterBus) {
    this.#bus = bus;
    bus.serve((question) => this.#answer(question));
  }

  /** Answers the questions of a kind. */
  on(kind: string, handler: QuestionHandler): void {
    this.#handlers.set(kind, handler);
  }

  /** Rejects with `NodeSilent`, `BusUnavailable` or `QuestionRefused`. */
  async ask(node: string, kind: string, question: object, within: Duration = WITHIN): Promise<ValueFields> {
    const answer = fieldsOf(await this.#bus.ask(node, valueText({ ...question, kind }), within));
    if (answer === undefined) throw new NodeSilent(node);
    const refusal = textIn(answer, 'refused', LONGEST_REFUSAL);
    if (refusal !== undefined) throw new QuestionRefused(refusal);
    return answer;
  }

  /** Asks several nodes at once. Never rejects. */
  async askAll(nodes: readonly string[], kind: string, question: object, within: Duration = WITHIN): Promise<Answers> {
    const answers = new Map<string, ValueFields>();
    const silent: string[] = [];
    await Promise.all(
      nodes.map((node) =>
        this.ask(node, kind, question, within).then(
          (answer) => void answers.set(node, answer),
          () => void silent.push(node),
        ),
      ),
    );
    return { answers, silent: silent.sort() };
  }

  async #answer(text: string): Promise<string> {
    const question = fieldsOf(text);
    const kind = question === undefined ? undefined : textIn(question, 'kind', 64);
    const handler = kind === undefined ? undefined : this.#handlers.get(kind);
    if (question === undefined || handler === undefined)
      return valueText({ refused: 'this node does not know the question' });
    if (this.#answering >= MOST_AT_ONCE) return valueText({ refused: 'this node has too many questions to answer' });
    this.#answering += 1;
    try {
      return valueText(await handler(question));
    } catch (error) {
      return valueText({ refused: (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_REFUSAL) });
    } finally {
      this.#answering -= 1;
    }
  }
}
