// Causes at the registration, first those by which labcm refused (`docs/protocols/explain.md` §2.5).

import { minutes } from '../../../core/time.js';
import { modelById, shortNameOf } from '../../../devices/index.js';
import { cause, causes } from '../cause.js';
import { inQuotes, shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { BOTH, REFUSED, refused } from './register-facts.js';
import { addDevice, meantBy } from './unknown-device.js';

/** Why no device was made for a phone, as its refusal says it; where auto-registration is on, it is another reason. */
const WAS_OFF = 'auto-registration is off';

/** So long a refusal beside a registration that stands is of interest. */
const REFUSED_LATELY = minutes(10);

const rangeOf = ({ config }: PhoneView): string => {
  const range = config.policy.autoRegistration;
  return range === undefined ? 'off' : `${range.first}-${range.last}`;
};

/** `1000-1999` with a thousand numbers more. */
const widerThan = (range: string): string => {
  const [first, last] = range.split('-');
  return last === undefined ? '1000-1999' : `${first}-${Number(last) + 1000}`;
};

export const registerCauses = causes({
  'register.unknown-device': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected, Error DBConfig',
    evidence: BOTH,
    fits: (view) => {
      const { refusal, unknown, name } = view;
      if (refusal?.reason !== 'unknown-device') return undefined;
      const why = String(refusal.given ?? WAS_OFF);
      return { name: unknown?.name ?? name, why, ...addDevice(view) };
    },
    excludedBy: ({ config }, { why }) => why === WAS_OFF && config.policy.autoRegistration !== undefined,
    sentence: ({ name, why, near }) => `${quoted(name)} is not configured and ${why}${meantBy(near)}.`,
    remedy: ({ yaml: lines }, place) => [
      setting(place, writtenYaml(lines)),
      ...or(setting(place, yaml`autoRegistration: { enabled: true, range: 1000-1999 }`)),
    ],
    example: {
      name: 'SEP001122334455',
      why: WAS_OFF,
      near: '',
      yaml: 'devices:\n  - name: SEP001122334455\n    model: 7962\n    protocol: SCCP\n    lines: ["1000"]',
    },
  }),
  'register.auto-exhausted': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected, Error DBConfig',
    evidence: BOTH,
    fits: (view) => (refused(view, 'auto-registration-exhausted') === undefined ? undefined : { range: rangeOf(view) }),
    sentence: ({ range }) => `Every number of ${range} is taken, so it could not be given one.`,
    remedy: ({ range }, place) => [
      setting(place, yaml`autoRegistration: { enabled: true, range: ${widerThan(range)} }   # a wider range`),
    ],
    example: { range: '1000-1999' },
  }),
  'register.auto-busy': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: BOTH,
    fits: (view) => (refused(view, 'auto-registration-busy') === undefined ? undefined : {}),
    sentence: () => 'So many new phones ask for a number at once that it was told to try again.',
    remedy: () => [look('wait: it comes again by itself')],
    example: {},
  }),
  'register.auto-unsaved': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected, Error DBConfig',
    evidence: BOTH,
    fits: (view) =>
      refused(view, 'auto-registration-unsaved') === undefined ? undefined : { state: view.config.state.directory },
    sentence: ({ state }) => `Its new number could not be written below ${state}.`,
    remedy: ({ state }) => [command(shell`df -h ${state}; ls -ld ${state}`)],
    example: { state: './state' },
  }),
  'register.unsupported-model': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected, Error DBConfig',
    evidence: BOTH,
    fits: (view) => {
      const sides = refused(view, 'unsupported-model');
      if (sides === undefined) return undefined;
      const protocol = view.unknown?.refusal?.protocol ?? view.configured?.protocol ?? 'its protocol';
      return { type: sides.given, protocol };
    },
    sentence: ({ type, protocol }) =>
      `Its device type ${type} is none that labcm knows, or none that speaks ${protocol}.`,
    remedy: ({ type }, place) => [
      setting(place, yaml`devices: [{ name: …, model: … }]   # the model that is nearest to it`),
      ...or(look(`if labcm's model table lacks the type ${type}: \`labcm schema\` lists what it has`)),
    ],
    example: { type: '99999', protocol: 'SCCP' },
  }),
  'register.wrong-model': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Mismatch',
    evidence: REFUSED,
    fits: (view) => {
      const sides = refused(view, 'wrong-model');
      if (sides === undefined) return undefined;
      const id = Number(/\((\d+)\)$/.exec(sides.given)?.[1] ?? sides.given);
      const model = modelById(id);
      return { ...sides, model: model === undefined ? String(id) : shortNameOf(model), typeId: id };
    },
    excludedBy: ({ config, configured }, { typeId }) =>
      config.policy.model === 'any' || configured?.model.id === typeId,
    sentence: ({ given, configured }) => `It says that it is a ${given}; it is configured as a ${configured}.`,
    remedy: ({ model }, place) => [
      deviceKeys(place, yaml`model: ${model}`),
      ...or(setting(place, yaml`policy: { model: any }   # lets any model in`)),
    ],
    example: { given: 'Cisco 7941 (115)', configured: 'Cisco 7962 (404)', model: '7941', typeId: 115 },
  }),
  'register.wrong-protocol': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Mismatch, or Registering',
    evidence: REFUSED,
    fits: (view) => refused(view, 'wrong-protocol'),
    excludedBy: ({ configured }, { given }) => configured?.protocol === given,
    sentence: ({ given, configured }) => `It registers over ${given}; it is configured for ${configured}.`,
    remedy: ({ given, configured }, place) => [
      deviceKeys(place, yaml`protocol: ${given}`),
      ...or(deviceKeys(place, yaml`load: …   # the name of a load that speaks ${configured}`)),
    ],
    example: { given: 'SCCP', configured: 'SIP' },
  }),
  'register.wrong-line': cause({
    stage: 'register',
    severity: ({ others }: { readonly dn: string; readonly lines: string; readonly others: boolean }) =>
      others ? 'degraded' : 'blocking',
    confidence: 'certain',
    shows: 'the first line only, or rejected',
    evidence: REFUSED,
    looksFor: 'always',
    fits: (view) => {
      const event = view.facts.last('device.rejected', ({ reason }) => reason === 'wrong-line');
      const sides = refused(view, 'wrong-line');
      const given = sides?.given ?? (view.isRegistered ? undefined : event?.given);
      if (given === undefined) return undefined;
      const lines = view.configured?.lines.map(({ dn }) => String(dn)) ?? [];
      return { dn: String(given), lines: lines.join(', '), others: view.record?.registration !== undefined };
    },
    excludedBy: ({ configured }, { dn }) => configured?.lines.some((line) => line.dn === dn) === true,
    sentence: ({ dn, lines }) =>
      `It asks for the line ${dn}, which is not among its lines ${lines}: its file is older than the configuration, or the file is not labcm's.`,
    remedy: ({ dn, lines }, place) => [
      deviceKeys(place, yaml`lines: [${[...lines.split(', '), dn].map(inQuotes)}]`),
      ...or(look('power it off and on, so that it reads its file again')),
    ],
    example: { dn: '5999', lines: '5005', others: false },
  }),
  'register.duplicate-refused': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Already registered',
    evidence: REFUSED,
    looksFor: 'always',
    fits: (view) => {
      const event = view.facts.last('device.rejected', ({ reason }) => reason === 'duplicate');
      if (event?.given === undefined || event.configured === undefined) return undefined;
      return { given: String(event.given), holder: String(event.configured), device: view.name };
    },
    excludedBy: ({ config, record, facts, now }) =>
      config.policy.duplicate !== 'refuse' ||
      record?.registration === undefined ||
      !facts.has('device.rejected', ({ reason, at }) => reason === 'duplicate' && now - at <= REFUSED_LATELY),
    counts: (event) => event.type === 'device.rejected' && event.reason === 'duplicate',
    sentence: ({ given, holder, device }) =>
      `The phone at ${given} is refused because ${device} is registered from ${holder} and the policy keeps the first.`,
    remedy: ({ holder }, place) => [
      look(`find the phone at ${holder} and stop it, if it is not the right one`),
      ...or(setting(place, yaml`policy: { duplicate: newest }`)),
    ],
    example: { given: '10.2.0.15:50321', holder: '10.2.0.14:49152', device: 'SEP001122334455' },
  }),
  'register.full': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Server full',
    evidence: BOTH,
    fits: (view) => {
      const sides = refused(view, 'full');
      if (sides === undefined || sides.configured !== '') return sides;
      // A phone that nobody configured is refused before there is a device that could have two sides.
      return { given: '', configured: String(view.config.policy.maxDevices) };
    },
    excludedBy: ({ config, surroundings, refusal }, { given, configured }) =>
      given === ''
        ? refusal !== undefined && (surroundings.daemonEvent('daemon.reloaded')?.at ?? 0) >= refusal.at
        : config.policy.maxDevices > Number(configured),
    sentence: ({ given, configured }) =>
      given === ''
        ? `\`policy.maxDevices\` allows ${configured} registrations; with a place kept for each configured device none is left for it.`
        : `labcm holds ${given} registrations, and \`policy.maxDevices\` allows ${configured}.`,
    remedy: ({ configured }, place) => [setting(place, yaml`policy: { maxDevices: ${Number(configured) * 2} }`)],
    example: { given: '60000', configured: '60000' },
  }),
  'register.suspended': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Device suspended',
    evidence: REFUSED,
    fits: (view) => (refused(view, 'suspended') === undefined ? undefined : {}),
    excludedBy: ({ configured }) => configured?.suspended !== true,
    sentence: () => 'It is suspended in the configuration.',
    remedy: (_, place) => [deviceKeys(place, yaml`suspended: false`)],
    example: {},
  }),
  'register.bad-message': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: ['device.rejected', 'sccp.malformed', 'sip.malformed', 'sip.register-answered'],
    fits: (view) => {
      const answered = view.facts.last('sip.register-answered', ({ status }) => status === 400);
      if (view.refusal?.reason === 'malformed') {
        const sides = refused(view, 'malformed');
        return {
          message: view.configured?.protocol === 'SIP' ? 'REGISTER' : 'Register',
          why:
            sides?.given === '' || sides === undefined
              ? 'it is cut off or damaged'
              : `it calls itself ${quoted(sides.given)} there`,
        };
      }
      return answered === undefined || view.record?.registration !== undefined
        ? undefined
        : { message: 'REGISTER', why: answered.warning === '' ? 'it is no valid SIP' : answered.warning };
    },
    sentence: ({ message, why }) => `Its ${message} cannot be read: ${why}.`,
    remedy: () => [
      look('a newer load, and no router on the way that rewrites SIP (ALG)'),
      look('the octets are in the trace, and `labcm pcap` has them'),
    ],
    example: { message: 'Register', why: 'it is cut off or damaged' },
  }),
});
