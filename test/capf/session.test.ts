// A session with CAPF: the recorded ones octet for octet, the whole table of who answers what, and what is refused.

import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CAPF_COMMANDS,
  type CapfCommand,
  type CapfTag,
  capfText,
  certificateElement,
  certificateIn,
  octet,
  readCapfMessage,
  writeCapfMessage,
} from '../../src/capf/messages.js';
import { CapfSession } from '../../src/capf/session.js';
import { wallTime } from '../../src/core/time.js';
import { identityOf, issueLsc } from '../../src/security/identity.js';
import { identity } from '../security/identities.js';
import {
  anOperation,
  type CapfRigOptions,
  capfRig,
  DEVICE,
  hasFixtures,
  IN_FORCE,
  keyPem,
  pem,
  recorded,
} from './harness.js';

const SESSION = 7;
const spki = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'der' });

const opened = (options: CapfRigOptions = {}) => {
  const rig = capfRig(options);
  const session = new CapfSession(SESSION, rig.authority, rig.clock.now());
  session.open();
  const say = (command: CapfCommand, elements: readonly (readonly [CapfTag, Buffer])[] = [], number = SESSION) => {
    const answer = session.receive(readCapfMessage(writeCapfMessage(command, number, elements)));
    return answer === undefined ? undefined : readCapfMessage(answer);
  };
  const introduce = (name: string = DEVICE, more: readonly (readonly [CapfTag, Buffer])[] = [['password', octet(0)]]) =>
    say('AuthRes', [['reason', octet(1)], ['version', octet(3)], ...more, ['deviceName', capfText(name)]]);
  return { ...rig, session, say, introduce };
};

const ecOf = (namedCurve: string): Buffer =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' });

const reasonOf = (message: ReturnType<typeof readCapfMessage> | undefined) => message?.elements.get('reason')?.[0];

describe.skipIf(!hasFixtures)('a recorded session', () => {
  const cases = [
    ['install-null-string', anOperation(), 'done'],
    ['install-by-mic', anOperation({ authentication: 'mic' }), 'done'],
    ['delete', anOperation({ operation: 'delete' }), 'done'],
    ['wrong-password', anOperation({ authentication: 'string', password: '12345' }), 'wrong-password'],
    ['no-operation', undefined, 'nothing-to-do'],
    ['unknown-device', anOperation(), 'unknown-device'],
  ] as const;

  it.each(cases)('%s is the same octet for octet', (name, operation, outcome) => {
    const messages = recorded('capf', name);
    const stored = messages.find((message) => message.name === 'StoreCertReq');
    const der = stored && certificateIn(readCapfMessage(Buffer.from(stored.hex, 'hex')).elements.get('certificate'));
    const rig = capfRig({
      issuers: [{ certificate: pem('test-manufacturing-ca'), origin: 'mic' }],
      issue: () => der ?? Buffer.alloc(0),
    });
    if (operation !== undefined) rig.registry.arm(operation);
    const session = new CapfSession(messages[0]?.session ?? 0, rig.authority, rig.clock.now());
    const said = [session.open()];
    for (const { from, hex } of messages) {
      if (from === 'server') expect(said.shift()?.toString('hex')).toBe(hex);
      else {
        const answer = session.receive(readCapfMessage(Buffer.from(hex, 'hex')));
        if (answer !== undefined) said.push(answer);
      }
    }
    expect(said).toEqual([]);
    expect(session.end?.outcome).toBe(outcome);
    if (outcome === 'done') expect(rig.registry.armed).toEqual([]);
    if (der !== undefined) expect(rig.registry.certificateOf(DEVICE)?.equals(der)).toBe(true);
  });

  it('by MIC proves nothing in another session, for another issuer, or once its certificate is over', () => {
    const [, answer] = recorded('capf', 'install-by-mic');
    const message = readCapfMessage(Buffer.from(answer?.hex ?? '', 'hex'));
    const mic = { certificate: pem('test-manufacturing-ca'), origin: 'mic' } as const;
    const outcome = (number: number, issuers: CapfRigOptions['issuers'], later = 0) => {
      const rig = capfRig({ issuers: issuers ?? [] });
      rig.registry.arm(anOperation({ authentication: 'lsc', until: wallTime(Number.MAX_SAFE_INTEGER) }));
      rig.clock.advance(later);
      const session = new CapfSession(number, rig.authority, rig.clock.now());
      session.receive({ ...message, session: number });
      return session.end?.detail;
    };
    expect(outcome(3, [mic])).toBeUndefined();
    expect(outcome(4, [mic])).toBe('bad-signature');
    expect(outcome(3, [{ certificate: pem('capf'), origin: 'lsc' }])).toBe('unknown-issuer');
    expect(outcome(3, [])).toBe('unknown-issuer');
    expect(outcome(3, [mic], 30 * 365 * 86_400_000)).toBe('not-in-force');
  });

  it('with the signature of another key, or a name of another device, proves nothing', () => {
    const lsc = { certificate: pem('capf'), origin: 'lsc' } as const;
    const detail = (certificate: string, key: string, name: string = DEVICE) => {
      const rig = opened({ issuers: [lsc] });
      rig.registry.arm(anOperation({ authentication: 'lsc' }));
      const der = new X509Certificate(pem(certificate)).raw;
      const hash = createHash('sha1').update(`${DEVICE}\0`).update(der).digest();
      const signature = privateEncrypt({ key: keyPem(key), padding: constants.RSA_PKCS1_PADDING }, hash);
      rig.introduce(name, [
        ['certificate', certificateElement(der)],
        ['signedData', signature],
      ]);
      return rig.session.end?.detail;
    };
    expect(detail('phone-lsc', 'phone-lsc')).toBeUndefined();
    expect(detail('phone-lsc-cisco-form', 'phone-lsc-cisco-form')).toBeUndefined();
    expect(detail('phone-lsc', 'phone-lsc-other-name')).toBe('bad-signature');
    expect(detail('phone-lsc-other-name', 'phone-lsc-other-name')).toBe('other-name');
    expect(detail('phone-lsc-rogue-ca', 'phone-lsc-rogue-ca')).toBe('unknown-issuer');
    expect(detail('phone-lsc-expired', 'phone-lsc-expired')).toBe('not-in-force');
  });

  it('issues a certificate that a TLS listener trusts', () => {
    const capf = identityOf('capf', { key: keyPem('capf'), certificate: pem('capf') });
    const rig = opened({
      issue: (device, publicKey) => issueLsc(capf, { device, publicKey, now: wallTime(IN_FORCE), years: 5 }),
    });
    rig.registry.arm(anOperation());
    rig.introduce();
    const key = createPublicKey(createPrivateKey(keyPem('phone-lsc'))).export({ type: 'spki', format: 'der' });
    const stored = rig.say('KeyGenRes', [['publicKey', key]]);
    const x509 = new X509Certificate(certificateIn(stored?.elements.get('certificate')) ?? Buffer.alloc(0));
    expect(x509.subject).toContain(`CN=${DEVICE}`);
    expect(x509.verify(capf.read.publicKey)).toBe(true);
    expect(x509.ca).toBe(false);
  });
});

describe('a session', () => {
  it('asks for an RSA key of the size, or for an EC key of the curve', () => {
    const rsa = opened();
    rsa.registry.arm(anOperation({ key: 1024 }));
    expect(rsa.introduce()?.elements).toEqual(
      new Map([
        ['keySize', Buffer.from('0400', 'hex')],
        ['keyType', octet(0)],
      ]),
    );
    const ec = opened();
    ec.registry.arm(anOperation({ key: 'P-384' }));
    expect(ec.introduce()?.elements).toEqual(
      new Map([
        ['keyType', octet(1)],
        ['curve', octet(1)],
      ]),
    );
  });

  it('waits for a key as long as its phone makes one, a quarter of an hour at most', () => {
    const rig = opened();
    rig.registry.arm(anOperation());
    expect(rig.session.deadline - rig.clock.now()).toBe(30_000);
    rig.introduce();
    expect(rig.session.deadline - rig.clock.now()).toBe(900_000);
    for (let count = 0; count < 20; count += 1) expect(rig.say('RequestInProgress')).toBeUndefined();
    expect(rig.say('KeyGenRes', [['publicKey', spki]])?.command).toBe('StoreCertReq');
    rig.session.expire();
    expect(rig.session.end).toEqual({ outcome: 'timeout' });
    expect(rig.registry.armed).toHaveLength(1);
  });

  it.each(['AuthReq', 'EndSession'] as const)('that hears %s at first ends', (command) => {
    const rig = opened();
    rig.say(command);
    expect(rig.session.end).toBeDefined();
  });

  /** How far a session comes, and which command is awaited there. */
  const STEPS: readonly (readonly [string, (rig: ReturnType<typeof opened>) => void, CapfCommand])[] = [
    ['before the phone names itself', () => {}, 'AuthRes'],
    [
      'while the phone makes its key',
      (rig) => {
        rig.registry.arm(anOperation());
        rig.introduce();
      },
      'KeyGenRes',
    ],
    [
      'while the phone stores',
      (rig) => {
        rig.registry.arm(anOperation());
        rig.introduce();
        rig.say('KeyGenRes', [['publicKey', spki]]);
      },
      'StoreCertRes',
    ],
    [
      'while the phone deletes',
      (rig) => {
        rig.registry.arm(anOperation({ operation: 'delete' }));
        rig.introduce();
      },
      'DeleteCertRes',
    ],
    [
      'while the phone shows',
      (rig) => {
        rig.registry.arm(anOperation({ operation: 'fetch' }));
        rig.introduce();
      },
      'FetchCertRes',
    ],
  ];

  it.each(STEPS)('%s takes no other message than its own', (_, arrange, awaited) => {
    for (const command of Object.keys(CAPF_COMMANDS) as CapfCommand[]) {
      const rig = opened();
      arrange(rig);
      if (command === awaited || command === 'RequestInProgress') continue;
      const answer = rig.say(command);
      expect(rig.session.end?.outcome).toBe(command === 'EndSession' ? 'ended-by-phone' : 'malformed');
      expect(reasonOf(answer)).toBe(command === 'EndSession' ? undefined : 7);
      expect(rig.say(awaited)).toBeUndefined();
    }
  });

  it.each(STEPS)('%s refuses a message without its elements, and keeps the operation', (_, arrange, awaited) => {
    const rig = opened();
    arrange(rig);
    const armed = rig.registry.armed.length;
    expect(reasonOf(rig.say(awaited))).toBe(7);
    expect(rig.registry.armed).toHaveLength(armed);
  });

  it.each(STEPS)('%s refuses another session', (_, arrange, awaited) => {
    const rig = opened();
    arrange(rig);
    expect(reasonOf(rig.say(awaited, [], SESSION + 1))).toBe(7);
    expect(rig.session.end).toEqual({ outcome: 'malformed', detail: `session ${SESSION + 1}` });
  });

  it('allows five wrong strings, then forgets the operation; an empty one is wrong, too', () => {
    const rig = capfRig();
    rig.registry.arm(anOperation({ authentication: 'string', password: '4711' }));
    const attempt = (password: Buffer) => {
      const session = new CapfSession(SESSION, rig.authority, rig.clock.now());
      session.receive(
        readCapfMessage(
          writeCapfMessage('AuthRes', SESSION, [
            ['password', password],
            ['deviceName', capfText(DEVICE)],
          ]),
        ),
      );
      return session.end?.outcome;
    };
    for (const wrong of [octet(0), Buffer.alloc(0), capfText('471'), capfText('47111')])
      expect(attempt(wrong)).toBe('wrong-password');
    expect(attempt(capfText('4711'))).toBeUndefined();
    expect(attempt(capfText('0815'))).toBe('wrong-password');
    expect(rig.registry.armed).toEqual([]);
    expect(attempt(capfText('4711'))).toBe('nothing-to-do');
    expect(rig.events).toMatchObject([{ change: 'armed' }, { change: 'locked' }]);
  });

  it('that was cancelled while the phone made its key gives no certificate', () => {
    const rig = opened();
    rig.registry.arm(anOperation());
    rig.introduce();
    rig.registry.cancel(DEVICE);
    expect(reasonOf(rig.say('KeyGenRes', [['publicKey', spki]]))).toBe(0);
    expect(rig.session.end?.outcome).toBe('nothing-to-do');
  });

  it('that ends does not take away what was armed meanwhile', () => {
    const rig = opened();
    rig.registry.arm(anOperation());
    rig.introduce();
    rig.say('KeyGenRes', [['publicKey', spki]]);
    rig.registry.arm(anOperation({ operation: 'delete' }));
    expect(reasonOf(rig.say('StoreCertRes', [['reason', octet(1)]]))).toBe(0);
    expect(rig.session.end).toEqual({ outcome: 'nothing-to-do', detail: 'its operation is over' });
    expect(rig.registry.certificateOf(DEVICE)).toBeUndefined();
    expect(rig.registry.armed).toMatchObject([{ operation: 'delete' }]);
  });

  const shown = (bits: number): Buffer =>
    issueLsc(identity('capf'), { device: DEVICE, publicKey: rsaOf(bits), now: wallTime(IN_FORCE), years: 5 });

  it('that was cancelled changes nothing, whatever the phone has done meanwhile', () => {
    const fetched: (readonly [CapfTag, Buffer])[] = [
      ['reason', octet(1)],
      ['certificate', certificateElement(shown(2048))],
    ];
    for (const [operation, command, elements] of [
      ['fetch', 'FetchCertRes', fetched],
      ['delete', 'DeleteCertRes', [['reason', octet(1)]]],
    ] as const) {
      const rig = opened();
      rig.registry.arm(anOperation({ operation: 'fetch' }));
      rig.introduce();
      rig.say('FetchCertRes', fetched);
      const kept = rig.registry.certificateOf(DEVICE);
      expect(kept).toBeDefined();
      const session = new CapfSession(SESSION, rig.authority, rig.clock.now());
      const says = (said: CapfCommand, more: readonly (readonly [CapfTag, Buffer])[]) =>
        session.receive(readCapfMessage(writeCapfMessage(said, SESSION, more)));
      rig.registry.arm(anOperation({ operation }));
      says('AuthRes', [['deviceName', capfText(DEVICE)]]);
      rig.registry.cancel(DEVICE);
      says(command, elements);
      expect(session.end).toEqual({ outcome: 'nothing-to-do', detail: 'its operation is over' });
      expect(rig.registry.certificateOf(DEVICE)).toBe(kept);
    }
  });

  it('that was done in another session is done once', () => {
    const rig = opened();
    const second = new CapfSession(SESSION, rig.authority, rig.clock.now());
    const says = (said: CapfCommand, more: readonly (readonly [CapfTag, Buffer])[]) =>
      second.receive(readCapfMessage(writeCapfMessage(said, SESSION, more)));
    rig.registry.arm(anOperation());
    rig.introduce();
    says('AuthRes', [['deviceName', capfText(DEVICE)]]);
    for (const say of [rig.say, says]) say('KeyGenRes', [['publicKey', spki]]);
    rig.say('StoreCertRes', [['reason', octet(1)]]);
    const kept = rig.registry.certificateOf(DEVICE);
    says('StoreCertRes', [['reason', octet(1)]]);
    expect([rig.session.end?.outcome, second.end?.outcome]).toEqual(['done', 'nothing-to-do']);
    expect(rig.registry.certificateOf(DEVICE)).toBe(kept);
  });

  it.each([
    [512, 'bad-key'],
    [1016, 'bad-key'],
    [1024, 'done'],
    [4096, 'done'],
  ] as const)('keeps no certificate that it fetched with a short key: of %i bits it is %s', (bits, outcome) => {
    const rig = opened();
    rig.registry.arm(anOperation({ operation: 'fetch' }));
    rig.introduce();
    rig.say('FetchCertRes', [
      ['reason', octet(1)],
      ['certificate', certificateElement(shown(bits))],
    ]);
    expect(rig.session.end?.outcome).toBe(outcome);
    expect(rig.registry.certificateOf(DEVICE) === undefined).toBe(outcome === 'bad-key');
  });

  it('ends with the thousandth message that brings nothing', () => {
    const rig = opened();
    rig.registry.arm(anOperation());
    rig.introduce();
    let said = 0;
    while (rig.session.end === undefined && said < 2_000) {
      rig.say('RequestInProgress');
      said += 1;
    }
    expect([said, rig.session.end]).toEqual([1_000, { outcome: 'malformed', detail: 'more than 1000 messages' }]);
  });

  it.each([
    ['an EC key on another curve', ecOf('secp256k1')],
    ['no key', Buffer.from('3000', 'hex')],
    ['a key of another kind', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })],
    ['an RSA key of 8192 bits', rsaOf(8192)],
  ])('that brings %s gets no certificate', (_, key) => {
    const rig = opened();
    rig.registry.arm(anOperation());
    rig.introduce();
    expect(reasonOf(rig.say('KeyGenRes', [['publicKey', key]]))).toBe(7);
    expect(rig.session.end?.outcome).toBe('bad-key');
  });

  it('whose operation is not kept ends as failed, and the operation waits', () => {
    const rig = opened();
    rig.registry.arm(anOperation({ operation: 'delete' }));
    rig.introduce();
    const full = new Error('no space left');
    expect(reasonOf(readCapfMessage(rig.session.fail(full) ?? Buffer.alloc(0)))).toBe(7);
    expect(rig.session.end).toEqual({ outcome: 'failed', detail: 'no space left' });
    expect(rig.registry.armed).toHaveLength(1);
  });

  it.each(['', 'a b', '../x', 'x'.repeat(200)])('refuses the name %j', (name) => {
    const rig = opened();
    expect(reasonOf(rig.introduce(name))).toBe(7);
    expect(rig.session.end?.outcome).toBe('malformed');
  });
});

/** A public key whose modulus has so many bits; nobody has the private one. */
function rsaOf(bits: number): Buffer {
  const n = Buffer.alloc(bits / 8, 0xff).toString('base64url');
  return createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' }).export({ type: 'spki', format: 'der' });
}

describe('the registry', () => {
  it('says what the file of a device says, as one object while it is the same', () => {
    const rig = capfRig();
    const nothing = rig.registry.factsOf(DEVICE);
    expect(nothing).toEqual({ authMode: 0, certHash: '' });
    rig.registry.arm(anOperation({ authentication: 'string', password: '4711' }));
    const armed = rig.registry.factsOf(DEVICE);
    expect(armed).toEqual({ authMode: 1, certHash: '' });
    expect(rig.registry.factsOf(DEVICE)).toBe(armed);
    const der = Buffer.from('3003020101', 'hex');
    rig.registry.complete(rig.registry.armed[0] ?? anOperation(), der);
    expect(rig.registry.factsOf(DEVICE)).toEqual({
      authMode: 0,
      certHash: createHash('md5').update(der).digest('hex'),
    });
    rig.registry.complete(anOperation({ operation: 'delete' }), undefined);
    expect(rig.registry.factsOf(DEVICE)).toEqual(nothing);
    expect(rig.certificates.size).toBe(0);
  });

  it('keeps operations over a restart, until their time is over', () => {
    const first = capfRig();
    first.registry.arm(anOperation());
    const second = capfRig({ saved: first.savedOperations() });
    expect(second.registry.operationOf(DEVICE)?.operation).toBe('install');
    second.clock.advance(86_400_000);
    expect(second.registry.operationOf(DEVICE)).toBeUndefined();
    second.registry.expire();
    expect(second.savedOperations()).toEqual([]);
    expect(second.events).toMatchObject([{ change: 'expired' }]);
  });

  it('gives a device what its configuration wants, until it has a certificate', () => {
    const rig = capfRig({ enrol: 'mic' });
    expect(rig.registry.operationOf(DEVICE)).toMatchObject({ operation: 'install', authentication: 'mic', key: 2048 });
    expect(rig.registry.factsOf(DEVICE).authMode).toBe(4);
    expect(rig.registry.armed).toEqual([]);
    rig.registry.complete(anOperation(), Buffer.from('3000', 'hex'));
    expect(rig.registry.operationOf(DEVICE)).toBeUndefined();
  });

  it('cancels an operation once', () => {
    const rig = capfRig();
    rig.registry.arm(anOperation());
    expect([rig.registry.cancel(DEVICE), rig.registry.cancel(DEVICE)]).toEqual([true, false]);
    expect(rig.events).toMatchObject([{ change: 'armed' }, { change: 'cancelled' }]);
  });
});
