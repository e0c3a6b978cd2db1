// A phone that meets a signer or a server which its lists do not name: it asks TVS, and what it does when TVS says yes, says no, is silent,
// or is itself unknown.

import { describe, expect, it } from 'vitest';
import { minutes, wallTime } from '../../src/core/time.js';
import type { StreamServer } from '../../src/net/ports.js';
import { PhoneSecurity } from '../../src/phone/boot/phone-security.js';
import { identityOf } from '../../src/phone/identity.js';
import type { Phone, PhoneStep } from '../../src/phone/index.js';
import type { CheckedService } from '../../src/phone/steps.js';
import { nameText } from '../../src/security/distinguished-name.js';
import type { Identity } from '../../src/security/identity.js';
import { LIST_FUNCTION } from '../../src/security/trust-list.js';
import { readTvsMessage, writeTvsMessage } from '../../src/tvs/messages.js';
import { answerTvs, type VouchedCertificate } from '../../src/tvs/verification.js';
import { settings } from '../provisioning/harness.js';
import { identity, listOf } from '../security/identities.js';
import { type PhoneHarness, type PhoneHarnessOptions, PRIMARY, phoneHarness, SECONDARY } from './harness.js';
import { MemoryFolder } from './memory-folder.js';
import { type ClusterIdentityLists, trustCluster } from './trust-cluster.js';

const JAVA_PHONE = { name: 'SEP005056A1033D', protocol: 'SIP', model: '7962' } as const;
const TVS_PORT = 2445;
/** The certificates of tests are in force from 2026 on. */
const NOW = Date.UTC(2026, 5, 1);

const lab = async (cluster: ClusterIdentityLists = {}, options: PhoneHarnessOptions = {}): Promise<PhoneHarness> => {
  const made = await phoneHarness({ policy: { model: 'any' }, startsAt: NOW, ...options });
  made.primary.catalogue.secure(trustCluster(cluster));
  return made;
};

const vouched = ({ read }: Identity, ...roles: number[]): VouchedCertificate => ({
  der: read.der,
  subject: nameText(read.subjectDer),
  issuer: nameText(read.issuerDer),
  serial: read.serial,
  roles,
});

/** What a TVS answers: as the daemon does, or octets of the test. */
type Answering = readonly VouchedCertificate[] | ((request: Buffer) => Buffer | undefined);

const serveTvs = async (
  made: PhoneHarness,
  answering: Answering,
  { shown = identity('tvs'), address = PRIMARY } = {},
): Promise<{ readonly asked: Buffer[]; readonly server: StreamServer }> => {
  const asked: Buffer[] = [];
  const server = await made.streams.listen(
    { address, port: TVS_PORT, tls: shown, maxLinks: 10, maxLinksPerSource: 10 },
    (link) => ({
      received: (bytes) => {
        asked.push(bytes);
        const answer =
          typeof answering === 'function' ? answering(bytes) : answerTvs(readTvsMessage(bytes), answering)?.octets;
        if (answer !== undefined) link.write(answer);
      },
      closed: () => {},
    }),
  );
  return { asked, server };
};

const reboot = async (made: PhoneHarness, phone: Phone, seconds = 30): Promise<void> => {
  made.steps.events.length = 0;
  made.primary.sip.command('SEP005056A1033D' as never, 'reset');
  await made.settle();
  await made.pass(seconds);
  expect(phone.state).toBe('registered');
};

/** A cluster with another signer of lists and of files, which a phone of the first one does not know. */
const moved = { signer: identity('itlrecovery', 'NEW'), files: identity('callmanager', 'NEW') };

describe('a phone that misses a change of the signer', () => {
  it('is saved by TVS, where that vouches for the new one', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    made.primary.catalogue.secure(trustCluster(moved));
    const { asked } = await serveTvs(made, [vouched(moved.signer, LIST_FUNCTION.SAST)]);
    await reboot(made, phone);
    expect(made.stepsOf('phone.tvs-asked')).toMatchObject([
      { server: `${PRIMARY}:${TVS_PORT}`, about: nameText(moved.signer.read.subjectDer) },
    ]);
    expect(made.stepsOf('phone.server-trusted')).toMatchObject([{ service: 'TVS', by: 'ITL' }]);
    expect(made.stepsOf('phone.tvs-answered')).toMatchObject([{ known: true, roles: ['SAST'] }]);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: false, byTvs: true }]);
    expect(made.stepsOf('phone.file-untrusted')).toEqual([]);
    const request = readTvsMessage(asked[0] ?? Buffer.alloc(0));
    expect(request).toMatchObject({ type: 'QueryReq', session: 0x3e9 });
    expect(request.elements.get('device')?.toString('latin1')).toBe('\x01CP-7962-SEP005056A1033D');
    expect(request.elements.get('serial')).toEqual(moved.signer.read.serial);
    // From then on the new list has it, and nobody is asked.
    await reboot(made, phone);
    expect(made.stepsOf('phone.tvs-asked')).toEqual([]);
  });

  it('takes a file of a signer that TVS vouches for, too, and asks once a day', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    const stamp = phone.file?.versionStamp;
    // The list is the old one; its files are signed by another.
    const [ours, theirs] = [trustCluster({}), trustCluster(moved)];
    made.primary.catalogue.secure({ list: (kind) => ours.list(kind), sign: (name, plain) => theirs.sign(name, plain) });
    made.primary.catalogue.reconfigure(settings({ sshUser: 'changed' }));
    const { asked } = await serveTvs(made, [vouched(moved.files, LIST_FUNCTION.SAST, LIST_FUNCTION['CCM+TFTP'])]);
    await reboot(made, phone);
    expect(made.stepsOf('phone.file-untrusted')).toEqual([]);
    expect(phone.file?.versionStamp).not.toBe(stamp);
    expect(asked).toHaveLength(1);
    await reboot(made, phone);
    expect(asked).toHaveLength(1);
    await made.pass(60 * 60 * 25, 60);
    await reboot(made, phone);
    expect(asked).toHaveLength(2);
  });

  interface NoAnswer {
    readonly title: string;
    readonly answering: Answering;
    readonly why: RegExp;
    readonly shown?: Identity;
  }
  const noAnswer = (title: string, answering: Answering, why: RegExp, shown?: Identity): NoAnswer => ({
    ...{ title, answering, why },
    ...(shown === undefined ? {} : { shown }),
  });
  const NO_ANSWERS: readonly NoAnswer[] = [
    noAnswer('says no', [], /TVS at 10\.10\.210\.10:2445 does not know it/),
    noAnswer(
      'vouches for something else',
      [vouched(moved.signer, LIST_FUNCTION.CAPF)],
      /vouches for it as CAPF, not as SAST/,
    ),
    noAnswer('is silent', () => undefined, /cannot be asked \(no answer\)/),
    noAnswer('speaks something else', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /cannot be asked/),
    noAnswer(
      'answers another question',
      (request) => writeTvsMessage('VerifyRes', readTvsMessage(request).session, [['status', Buffer.from([0])]]),
      /cannot be asked \(VerifyRes of session/,
    ),
    noAnswer(
      'answers in another session',
      () => writeTvsMessage('QueryRes', 1, [['status', Buffer.from([0])]]),
      /cannot be asked \(QueryRes of session 1/,
    ),
    noAnswer(
      'knows it, and does not say what it is',
      (request) => writeTvsMessage('QueryRes', readTvsMessage(request).session, [['status', Buffer.from([0])]]),
      /cannot be asked \(an answer without the certificate/,
    ),
    noAnswer(
      'names another certificate',
      (request) =>
        writeTvsMessage('QueryRes', readTvsMessage(request).session, [
          ['status', Buffer.from([0])],
          ['certificate', identity('capf').read.der],
          ['roles', Buffer.from([0])],
        ]),
      /cannot be asked \(an answer with another certificate/,
    ),
    noAnswer(
      'is itself unknown',
      [vouched(moved.signer, LIST_FUNCTION.SAST)],
      /cannot be asked \(it does not trust TVS at .*its lists do not have the certificate/,
      identity('tvs', 'OTHER'),
    ),
    noAnswer(
      'is somebody else of the list',
      [vouched(moved.signer, LIST_FUNCTION.SAST)],
      /its lists have the certificate for TFTP alone/,
      identity('callmanager'),
    ),
  ];
  it.each(NO_ANSWERS)('is lost where TVS $title', async ({ answering, why, shown }) => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    const stamp = phone.file?.versionStamp;
    made.primary.catalogue.secure(trustCluster(moved));
    made.primary.catalogue.reconfigure(settings({ sshUser: 'changed' }));
    await serveTvs(made, answering, shown === undefined ? {} : { shown });
    await reboot(made, phone, 60);
    const refused = made.stepsOf('phone.trust-refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.why).toMatch(/^signer not in the list that it holds, and /);
    expect(refused[0]?.why).toMatch(why);
    expect(phone.file?.versionStamp).toBe(stamp);
    if (shown !== undefined) expect(made.streams.alerts[0]?.alert).toBeGreaterThanOrEqual(46);
  });

  it('asks the next one where the first cannot be asked', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    made.primary.catalogue.secure(trustCluster(moved));
    await serveTvs(made, [vouched(moved.signer, LIST_FUNCTION.SAST)], { address: SECONDARY });
    await reboot(made, phone);
    expect(made.stepsOf('phone.tvs-failed')).toMatchObject([{ server: `${PRIMARY}:${TVS_PORT}`, why: 'ECONNREFUSED' }]);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ byTvs: true }]);
  });

  it('asks nobody about a file that was changed on its way: its signer is known', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    const ours = trustCluster({});
    made.primary.catalogue.secure({
      list: (kind) => ours.list(kind),
      sign: (name, plain) => Buffer.concat([ours.sign(name, plain), Buffer.from('<!-- -->')]),
    });
    await reboot(made, phone);
    expect(made.stepsOf('phone.tvs-asked')).toEqual([]);
    expect(made.stepsOf('phone.file-untrusted')[0]?.why).toMatch(/signature/);
  });
});

describe('a phone that was switched off', () => {
  it('has its lists and its configuration at its next start, and refuses another cluster', async () => {
    const keptFolder = new MemoryFolder();
    const made = await lab({}, { keptFolder });
    const options = { ...JAVA_PHONE, trustDirectory: 'phones' };
    const first = await made.boot(options);
    const stamp = first.file?.versionStamp;
    first.unplug();
    made.steps.events.length = 0;
    made.primary.catalogue.secure(trustCluster(moved));
    made.primary.catalogue.reconfigure(settings({ sshUser: 'changed' }));
    const second = await made.boot(options);
    await made.pass(30);
    expect(made.stepsOf('phone.trust-restored')).toMatchObject([
      { lists: [expect.stringMatching(/^ITL of CN=ITLRECOVERY_CM1/)], certificate: false },
    ]);
    // Where it may ask TVS stands in the configuration of then.
    expect(made.stepsOf('phone.tvs-failed').map(({ server }) => server)).toContain(`${PRIMARY}:${TVS_PORT}`);
    expect(made.stepsOf('phone.trust-refused').length).toBeGreaterThan(0);
    expect(second.state).toBe('registered');
    expect(second.file?.versionStamp).toBe(stamp);
    second.unplug();
    made.steps.events.length = 0;
    const third = await made.boot({ ...options, erasesTrust: true });
    await made.pass(30);
    expect(made.stepsOf('phone.trust-erased')).toHaveLength(1);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: true }]);
    expect(third.file?.versionStamp).not.toBe(stamp);
  });

  it('starts as new where its folder is damaged, and says so', async () => {
    const keptFolder = new MemoryFolder();
    keptFolder.write('SEP005056A1033D', 'ITLFile.tlv', Buffer.from('no list'));
    const made = await lab({}, { keptFolder });
    const phone = await made.boot({ ...JAVA_PHONE, trustDirectory: 'phones' });
    expect(made.stepsOf('phone.trust-fault')).toMatchObject([
      { why: expect.stringMatching(/^ITLFile\.tlv: .*; it counts as empty$/) },
    ]);
    expect(phone.state).toBe('registered');
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: true }]);
  });

  it('erases its lists from its menu, restarts, and takes the next ones on faith', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    made.primary.catalogue.secure(trustCluster(moved));
    made.steps.events.length = 0;
    phone.eraseTrust();
    await made.settle();
    await made.pass(30);
    expect(phone.state).toBe('registered');
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: true }]);
  });
});

/** The security of a phone that holds these lists, and judges a server that shows this certificate. */
const judging = async (
  held: Buffer,
  service: CheckedService,
  shown: Identity,
  { answering, startsAt }: { readonly answering?: Answering; readonly startsAt?: number } = {},
) => {
  const made = await lab({}, startsAt === undefined ? {} : { startsAt });
  const steps: PhoneStep[] = [];
  const found = identityOf({ ...JAVA_PHONE });
  if ('fault' in found) throw new Error(found.fault);
  const refusals: string[] = [];
  const security = new PhoneSecurity({
    ...{ environment: made.environment, identity: found, localAddress: undefined },
    publish: (type, details) => void steps.push({ type, ...details } as PhoneStep),
    onServerRefused: (why) => refusals.push(why),
  });
  const now = wallTime(startsAt ?? NOW);
  expect(security.trust.offer('ITL', held, now)).toMatchObject({ taken: true });
  const phone = await made.boot(JAVA_PHONE);
  if (phone.file !== undefined) security.accept(phone.file, Buffer.alloc(0));
  if (answering !== undefined) await serveTvs(made, answering);
  const { judgeServer } = security.clientOf(service, { address: PRIMARY, port: 5061 });
  const refusal = await judgeServer?.(shown.read.der);
  return { refusal, refusals, steps, security, made };
};

const mixed = (): Buffer =>
  listOf(identity('itlrecovery'), [
    ['SAST', identity('itlrecovery')],
    ['CCM+TFTP', identity('callmanager')],
    ['TVS', identity('tvs')],
    ['CAPF', identity('capf')],
  ]);

describe('the server of a phone', () => {
  it.each<[CheckedService, Identity]>([
    ['SIP', identity('callmanager')],
    ['SCCP', identity('callmanager')],
    ['HTTPS', identity('callmanager')],
    ['CAPF', identity('capf')],
    ['TVS', identity('tvs')],
  ])('of %s is trusted by the list', async (service, shown) => {
    const { refusal, steps } = await judging(mixed(), service, shown);
    expect(refusal).toBeUndefined();
    expect(steps).toMatchObject([{ type: 'phone.server-trusted', service, by: 'ITL' }]);
  });

  const other = identity('callmanager', 'OTHER');
  const { CCM, CAPF, TFTP } = LIST_FUNCTION;
  it.each<[string, CheckedService, Identity, Answering | undefined, number, RegExp]>([
    ['is unknown, and TVS does not answer', 'SIP', other, undefined, 48, /ECONNREFUSED/],
    ['is unknown to TVS, too', 'SIP', other, [], 48, /does not know it/],
    ['TVS vouches for as something else', 'SIP', other, [vouched(other, CAPF)], 48, /as CAPF, not as CCM or CCM\+TFTP/],
    ['the list has for something else', 'CAPF', identity('tvs'), [], 46, /for TVS alone, and TVS at/],
  ])('that %s is refused', async (_title, service, shown, answering, alert, why) => {
    const { refusal, refusals, steps } = await judging(mixed(), service, shown, answering && { answering });
    expect(refusal).toMatchObject({ alert, why: expect.stringMatching(why) });
    expect(refusals).toEqual([refusal?.why]);
    expect(steps.at(-1)).toMatchObject({ type: 'phone.server-refused', service, alert, server: `${PRIMARY}:5061` });
  });

  it.each<[CheckedService, number]>([
    ['SIP', CCM],
    ['SCCP', LIST_FUNCTION['CCM+TFTP']],
    ['HTTPS', TFTP],
    ['CAPF', CAPF],
  ])('of %s that TVS vouches for is trusted, and TVS is asked once', async (service, role) => {
    const { refusal, steps, security } = await judging(mixed(), service, other, { answering: [vouched(other, role)] });
    expect(refusal).toBeUndefined();
    expect(steps.at(-1)).toMatchObject({ type: 'phone.server-trusted', service, by: 'TVS' });
    const again = await security.clientOf(service, { address: PRIMARY, port: 1 }).judgeServer?.(other.read.der);
    expect(again).toBeUndefined();
    expect(steps.filter(({ type }) => type === 'phone.tvs-asked')).toHaveLength(1);
  });

  it('whose certificate is not in force by the clock of the phone is refused, list or no list', async () => {
    const { refusal } = await judging(mixed(), 'SIP', identity('callmanager'), { startsAt: Date.UTC(2011, 0, 1) });
    expect(refusal).toMatchObject({ alert: 45, why: expect.stringMatching(/by its clock/) });
  });

  it('that shows no certificate that can be read is refused', async () => {
    const { security } = await judging(mixed(), 'SIP', identity('callmanager'));
    const { judgeServer } = security.clientOf('SIP', { address: PRIMARY, port: 5061 });
    expect(await judgeServer?.(Buffer.from('no certificate'))).toMatchObject({ alert: 42 });
  });

  it('is judged by nobody without a list, and asks no TVS where the list names none', async () => {
    const made = await lab();
    const found = identityOf(JAVA_PHONE);
    if ('fault' in found) throw new Error(found.fault);
    const security = new PhoneSecurity({
      ...{ environment: made.environment, identity: found, localAddress: undefined },
      publish: () => {},
      onServerRefused: () => {},
    });
    expect(security.clientOf('SIP', { address: PRIMARY, port: 5061 })).toEqual({});
    const withoutTvs = listOf(identity('itlrecovery'), [
      ['SAST', identity('itlrecovery')],
      ['CCM+TFTP', identity('callmanager')],
    ]);
    const { refusal } = await judging(withoutTvs, 'SIP', other);
    expect(refusal).toMatchObject({ alert: 48, why: expect.stringMatching(/its lists name no TVS to ask/) });
  });
});

it('gives up a TVS that is silent after four seconds', async () => {
  const made = await lab();
  const phone = await made.boot(JAVA_PHONE);
  made.primary.catalogue.secure(trustCluster(moved));
  await serveTvs(made, () => undefined);
  made.steps.events.length = 0;
  made.primary.sip.command('SEP005056A1033D' as never, 'reset');
  await made.settle();
  expect(made.stepsOf('phone.trust-refused')).toEqual([]);
  await made.pass(5);
  expect(made.stepsOf('phone.trust-refused')).toHaveLength(1);
  await made.pass(minutes(1) / 1000);
  expect(phone.state).toBe('registered');
});
