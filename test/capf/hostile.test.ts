// Two thousand changed messages to CAPF and to TVS, at every place of a session, beside phones that are well and whose answers are
// compared.

import { describe, expect, it } from 'vitest';
import { CAPF_FRAME, readCapfMessage } from '../../src/capf/messages.js';
import type { CapfOperation } from '../../src/capf/operations.js';
import { CapfServer } from '../../src/capf/server.js';
import { DEFAULT_CAPF } from '../../src/capf/settings.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { FrameSplitter } from '../../src/core/tagged-elements.js';
import { wallTime } from '../../src/core/time.js';
import type { StreamHandler, StreamLink, StreamNetwork } from '../../src/net/ports.js';
import { nameText } from '../../src/security/distinguished-name.js';
import { issueLsc } from '../../src/security/identity.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import type { TvsEvent } from '../../src/tvs/events.js';
import { TvsServer } from '../../src/tvs/server.js';
import { DEFAULT_TVS } from '../../src/tvs/settings.js';
import { identity } from '../security/identities.js';
import {
  type CapfPart,
  changedQuestion,
  deletes,
  installs,
  octetsOf,
  proves,
  shows,
  tvsQuestions,
} from '../support/capf-attempts.js';
import { aDevice } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryLink } from '../support/memory-streams.js';
import { MUTATIONS } from '../support/mutations.js';
import { seededRandom } from '../support/random.js';
import { anOperation, capfRig, DEVICE, IN_FORCE } from './harness.js';

const HEALTHY_EACH = 200;

/** A listener in memory: `connect` opens a link to it. */
const memoryListener = () => {
  let accept: (link: StreamLink) => StreamHandler = () => {
    throw new Error('it is not open');
  };
  const network: StreamNetwork = {
    listen: async (_options, onLink) => {
      accept = onLink;
      return { local: { address: '10.10.210.10', port: 3804 }, links: 0, close: async () => {} };
    },
    connect: () => Promise.reject(new Error('nobody is called')),
  };
  return {
    network,
    connect: (address: string): MemoryLink => {
      const link = new MemoryLink({ address, port: 3300 });
      link.serve(accept(link));
      return link;
    },
  };
};

const capf = identity('capf');
const VICTIM = 'SEP00270DC01C99' as DeviceName;

/** What is attacked: a phone's part of the session, and the operation that waits for it. */
const PARTS: readonly (readonly [CapfPart, Partial<CapfOperation>])[] = [
  [installs(VICTIM), {}],
  [installs(VICTIM, 'ec'), { key: 'P-384' }],
  [deletes(VICTIM), { operation: 'delete' }],
  [shows(VICTIM, capf, IN_FORCE), { operation: 'fetch' }],
  [proves(VICTIM, capf, IN_FORCE), { authentication: 'lsc' }],
];

describe('CAPF', () => {
  it('ends each session that brings a changed message with one event, and gives phones that are well what they ask', async () => {
    const rig = capfRig();
    const { clock, bus, database, registry, events } = rig;
    const secure = { mode: 'encrypted', enrol: 'off' } as const;
    database.configure(
      [DEVICE, VICTIM].map((name) => aDevice(name, { model: '8845', protocol: 'SIP', security: secure })),
      clock.now(),
    );
    const listener = memoryListener();
    const server = new CapfServer(
      { ...DEFAULT_CAPF, limits: { ...DEFAULT_CAPF.limits, issuesPerHour: 1_000_000 } },
      {
        ...{ network: listener.network, clock, bus, database, registry },
        identity: capf,
        issuers: [{ certificate: capf.certificate, origin: 'lsc' }],
        issue: (device, publicKey) => issueLsc(capf, { device, publicKey, now: wallTime(IN_FORCE), years: 5 }),
      },
    );
    await server.open();
    const sessionOf = (link: MemoryLink): number => readCapfMessage(link.take()).session;
    const random = seededRandom(3_804);
    const enrolHealthy = (): void => {
      registry.arm(anOperation());
      const link = listener.connect('10.10.210.99');
      const session = sessionOf(link);
      const { says } = installs(DEVICE, 'ec');
      const commands = octetsOf(installs(DEVICE, 'ec'), session, says.length, random).map((bytes) => {
        link.deliver(bytes, 7);
        return new FrameSplitter(CAPF_FRAME).push(link.take()).map((frame) => readCapfMessage(frame).command);
      });
      expect(commands).toEqual([['KeyGenReq'], ['StoreCertReq'], ['EndSession']]);
      expect(events.at(-1)).toMatchObject({ type: 'capf.session-ended', outcome: 'done', device: DEVICE });
    };
    let sessions = 0;
    for (let count = 0; count < MUTATIONS; count += 1) {
      if (count % HEALTHY_EACH === 0) enrolHealthy();
      const [part, operation] = PARTS[random.below(PARTS.length)] as (typeof PARTS)[number];
      registry.arm(anOperation({ device: VICTIM, ...operation }));
      const link = listener.connect(`10.10.${random.below(200)}.200`);
      const session = sessionOf(link);
      sessions += 1;
      for (const bytes of octetsOf(part, session, random.below(part.says.length), random))
        link.deliver(bytes, 1 + random.below(400));
      link.hangUp();
      clock.advance(100);
    }
    enrolHealthy();
    const ended = events.flatMap((event) => (event.type === 'capf.session-ended' ? [event] : []));
    expect(ended).toHaveLength(sessions + MUTATIONS / HEALTHY_EACH + 1);
    expect(ended.every(({ unsaid }) => unsaid === 0)).toBe(true);
    const outcomes = new Set(ended.map(({ outcome }) => outcome));
    expect(outcomes).not.toContain('failed');
    for (const outcome of ['malformed', 'bad-key', 'not-proven', 'phone-failed', 'unknown-device', 'done'] as const)
      expect(outcomes).toContain(outcome);
    expect(clock.armed).toBe(0);
  });
});

describe('TVS', () => {
  it('answers or ends each link that brings a changed question, and answers phones that are well as before', async () => {
    const clock = new ManualClock(IN_FORCE);
    const events: TvsEvent[] = [];
    const bus = new EventBus<TvsEvent>((error) => {
      throw error;
    });
    bus.subscribe((event) => void events.push(event));
    const { der, subjectDer, issuerDer, serial } = readCertificate(capf.certificate);
    const vouched = { der, subject: nameText(subjectDer), issuer: nameText(issuerDer), serial, roles: [4] };
    const listener = memoryListener();
    const server = new TvsServer(DEFAULT_TVS, {
      ...{ network: listener.network, clock, bus, identity: identity('tvs'), vouched: [vouched] },
    });
    await server.open();
    const questions = tvsQuestions(vouched);
    const answers = (): string => {
      const link = listener.connect('10.10.210.99');
      for (const question of questions) link.deliver(question, 5);
      const heard = link.take().toString('hex');
      link.hangUp();
      return heard;
    };
    const calm = answers();
    const random = seededRandom(2_445);
    for (let count = 0; count < MUTATIONS; ) {
      const link = listener.connect(`10.10.${random.below(200)}.200`);
      for (let message = 0; message < 5 && link.closed === undefined; message += 1) {
        link.deliver(changedQuestion(questions, random), 1 + random.below(900));
        count += 1;
      }
      link.hangUp();
      if (count % 50 === 0) expect(answers()).toBe(calm);
      clock.advance(100);
    }
    expect(answers()).toBe(calm);
    const [known, unknown, malformed] = [
      events.filter((event) => event.type === 'tvs.answered' && event.known),
      events.filter((event) => event.type === 'tvs.answered' && !event.known),
      events.filter(({ type }) => type === 'tvs.malformed'),
    ];
    for (const some of [known, unknown, malformed]) expect(some.length).toBeGreaterThan(10);
    expect(clock.armed).toBe(0);
  });
});
