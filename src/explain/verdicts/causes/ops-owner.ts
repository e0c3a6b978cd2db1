// What its owner did to the configuration, and what phones know from elsewhere (`docs/protocols/explain.md` §2.8).

import { after, between, days, wallTime } from '../../../core/time.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, or, reload, setting } from '../remedies.js';
import { dayText, timeText } from '../shown-text.js';
import type { Evidence } from '../verdict.js';
import { LATELY, lastPast } from './endings.js';

/** A phone whose trouble a change of the configuration may end: it was refused. */
const mayBeMended = (view: PhoneView): boolean => view.isDaemon || view.refusal !== undefined;

/** The last reload that was refused, if none was accepted since. */
const lastRefused = ({ surroundings }: PhoneView): EventOf<'daemon.reload-refused'> | undefined => {
  const refused = surroundings.daemonEvent('daemon.reload-refused');
  const reloaded = surroundings.daemonEvent('daemon.reloaded');
  return refused !== undefined && (reloaded === undefined || reloaded.at < refused.at) ? refused : undefined;
};

/** The whole path is in the remedy. */
const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

const LONGEST_FAULT = 120;

/** A clock that is off by more than a day spoils certificates. */
const WRONG_CLOCK = days(1);

export const opsOwnerCauses = causes({
  'ops.not-reloaded': cause({
    stage: 'ops',
    severity: 'attention',
    confidence: 'certain',
    shows: 'as before',
    evidence: [],
    fits: (view) => {
      const { place, host, surroundings } = view;
      if (!mayBeMended(view) || lastRefused(view) !== undefined) return undefined;
      const newer = host.newerFiles.find(({ file }) => view.isDaemon || file === place.file || file === place.mainFile);
      if (newer === undefined) return undefined;
      const { file, changedAt } = newer;
      return { file, time: timeText(changedAt, surroundings.wallTime(view.now)) };
    },
    sentence: ({ file, time }) => `${baseName(file)} was changed at ${time} and is not in force.`,
    remedy: ({ file }, place) => [
      command(shell`labcm check ${place.mainFile}   # says whether ${file} is right`),
      reload(place),
    ],
    example: { file: '/lab/lab.yaml', time: '10:02:14' },
  }),
  'ops.reload-refused': cause({
    stage: 'ops',
    severity: 'attention',
    confidence: 'certain',
    shows: 'as before',
    evidence: [],
    fits: (view) => {
      const event = mayBeMended(view) ? lastRefused(view) : undefined;
      if (event === undefined) return undefined;
      const [fault = 'it has faults'] = event.faults;
      return { time: view.timeOf(event.at), fault, more: event.faults.length - 1 };
    },
    moreEvidence: (view): readonly Evidence[] => {
      const event = lastRefused(view);
      const text = event === undefined ? undefined : view.textOf(event);
      return event === undefined || text === undefined ? [] : [{ at: event.at, type: event.type, text }];
    },
    sentence: ({ time, fault }) =>
      `Your change of ${time} is not in force: ${fault.length <= LONGEST_FAULT ? fault : `${fault.slice(0, LONGEST_FAULT - 1)}…`}.`,
    remedy: ({ fault, more }, place) => [
      look(`mend it: ${fault}${more === 0 ? '' : `, and ${more} more`}`),
      command(shell`labcm check ${place.mainFile}`),
      reload(place),
    ],
    example: { time: '10:02:14', fault: 'lab.yaml:31: devices.0.model: found 7969, wanted a model', more: 0 },
  }),
  'ops.removed': cause({
    stage: 'ops',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected, Error DBConfig',
    evidence: ['device.rejected', 'tftp.refused', 'http.file', 'dhcp.received'],
    fits: (view) => {
      const name = view.unknown?.name;
      const at = name === undefined ? undefined : view.surroundings.removedAt(name);
      return name === undefined || at === undefined || (view.unknown?.lastSeenAt ?? at) < at
        ? undefined
        : { name, time: view.timeOf(at) };
    },
    sentence: ({ time }) => `It was taken out of the configuration at ${time} and still calls.`,
    remedy: ({ name }, place) => [
      setting(place, yaml`devices: [{ name: ${name}, model: …, protocol: …, lines: […] }]   # put it back`),
      ...or(look('switch it off')),
    ],
    example: { name: 'SEP001122334455', time: '10:02:14' },
  }),
  'ops.two-daemons': cause({
    stage: 'ops',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'works at random',
    overBoots: true,
    evidence: ['device.unregistered', 'device.out-of-service'],
    fits: (view) => {
      const said = view.record?.outOfService;
      const last = lastPast(view);
      if (said?.node === undefined || last === undefined || said.at < last.ended) return undefined;
      if (view.now >= after(said.at, LATELY) || between(last.ended, said.at) > LATELY) return undefined;
      const { node } = said;
      const isOurs =
        view.surroundings.localAddresses().includes(node) || view.config.nodes.some(({ address }) => address === node);
      return isOurs ? undefined : { address: node };
    },
    until: ({ record }) => (record?.outOfService === undefined ? undefined : after(record.outOfService.at, LATELY)),
    sentence: ({ address }) =>
      `Two call managers answer it: this one, and that at ${address.replace(/[^\w.:-]/g, '?')}, with which it was registered in between.`,
    remedy: ({ address }, place) => [
      look(`switch the call manager at ${address} off`),
      ...or(
        setting(place, yaml`nodes: [{ name: CM1, address: … }, { name: CM2, address: … }]   # both nodes of one group`),
      ),
    ],
    example: { address: '10.2.0.9' },
  }),
  'ops.phone-clock': cause({
    stage: 'ops',
    severity: 'attention',
    confidence: 'certain',
    shows: 'a wrong time',
    evidence: ['device.registered'],
    fits: (view) => {
      const { clockSkew, keepAlives = 0 } = view.record?.registration ?? {};
      // In its first request a phone cannot have our time yet.
      if (typeof clockSkew !== 'number' || keepAlives === 0 || Math.abs(clockSkew) <= WRONG_CLOCK) return undefined;
      return { date: dayText(wallTime(view.surroundings.wallTime(view.now) + clockSkew)) };
    },
    sentence: ({ date }) => `Its clock says ${date}.`,
    remedy: (_, place) => [
      setting(place, yaml`phones: { dateTime: { ntp: [192.0.2.1] } }   # a time server that it reaches`),
      look('until then it takes certificates for expired, or not yet valid'),
    ],
    example: { date: '2009-01-01' },
  }),
});
