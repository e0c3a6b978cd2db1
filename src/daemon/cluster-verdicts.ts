// What is wrong over all nodes: each says what it concludes of itself, of its phones, and of those that nobody configured.

import type { ValueFields } from '../cluster/index.js';
import type { Clock, Instant } from '../core/time.js';
import type { ApiGroupAtNode, ApiVerdictsAtNode, ApiVerdictsElsewhere, VerdictsView } from '../http/index.js';
import type { ClusterService } from './cluster-service.js';
import {
  agoOf,
  countOf,
  instantIn,
  isText,
  listIn,
  objectIn,
  objectsIn,
  readFinding,
  text,
  writtenFinding,
} from './phone-parts.js';

const QUESTION = 'verdicts';
/** Findings of one kind, devices of a group, and what they have in common: an answer stays far below what the bus carries. */
const MOST_FINDINGS = 32;
const MOST_NAMES = 10;

/** What it needs of this node. */
export interface ClusterVerdictsDependencies {
  readonly clock: Clock;
  readonly cluster: Pick<ClusterService, 'questions' | 'nodes'>;
  /** What this node concludes. `undefined`: nobody asks, since its API is off. */
  verdicts(): VerdictsView | undefined;
}

/** Asks other nodes what is wrong, and answers them. */
export class ClusterVerdicts {
  readonly #dependencies: ClusterVerdictsDependencies;

  constructor(dependencies: ClusterVerdictsDependencies) {
    this.#dependencies = dependencies;
    const { cluster, clock, verdicts } = dependencies;
    cluster.questions.on(QUESTION, () => {
      const view = verdicts();
      return view === undefined ? {} : written(view, clock.now());
    });
  }

  /** Asks all other nodes. Never rejects. */
  async elsewhere(): Promise<ApiVerdictsElsewhere> {
    const { cluster, clock } = this.#dependencies;
    const others = cluster.nodes.others();
    const namesOf = (isWanted: boolean): readonly string[] =>
      others.filter(({ isAlive }) => isAlive === isWanted).map(({ node }) => node);
    const { answers, silent } = await cluster.questions.askAll(namesOf(true), QUESTION, {});
    const now = clock.now();
    const nodes = Array.from(answers, ([node, answer]) => readVerdicts(node, answer, now));
    return {
      nodes: nodes.sort((one, other) => (one.node < other.node ? -1 : 1)),
      silent: [...silent, ...namesOf(false)].sort(),
    };
  }
}

/** Groups and unknown phones go without what they rest on: whoever wants to know asks for the device. */
const written = (view: VerdictsView, now: Instant): object => ({
  daemon: view
    .daemon()
    .slice(0, MOST_FINDINGS)
    .map((finding) => writtenFinding(finding, now)),
  groups: view
    .groups()
    .slice(0, MOST_FINDINGS)
    .map(({ finding, devices, since, common, ...rest }) => ({
      ...rest,
      ...{ finding: writtenFinding({ ...finding, evidence: [] }, now), since: agoOf(since, now) },
      ...{ count: devices.length, devices: devices.slice(0, MOST_NAMES), common: common.slice(0, MOST_NAMES) },
    })),
  unknown: view
    .unknown()
    .slice(0, MOST_FINDINGS)
    .map(({ verdict, ...rest }) => ({ ...rest, verdict: writtenFinding({ ...verdict, evidence: [] }, now) })),
});

const readVerdicts = (node: string, answer: ValueFields, now: Instant): ApiVerdictsAtNode => ({
  node,
  daemon: objectsIn(answer, 'daemon', MOST_FINDINGS).map((one) => readFinding(one, now)),
  groups: objectsIn(answer, 'groups', MOST_FINDINGS).map((one): ApiGroupAtNode => {
    const devices = listIn(one, 'devices', MOST_NAMES).filter(isText);
    return {
      ...{ code: text(one, 'code'), sentence: text(one, 'sentence'), devices },
      finding: readFinding(objectIn(one, 'finding') ?? {}, now),
      since: instantIn(one, 'since', now) ?? now,
      common: listIn(one, 'common', MOST_NAMES).filter(isText),
      count: Math.round(countOf(one, 'count') ?? devices.length),
    };
  }),
  unknown: objectsIn(answer, 'unknown', MOST_FINDINGS).map((one) => ({
    ...{ name: text(one, 'name'), isNamed: one.isNamed === true },
    verdict: readFinding(objectIn(one, 'verdict') ?? {}, now),
  })),
});
