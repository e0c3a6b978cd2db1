// What is known of a device: facts, files, registrations, reports.

import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import { Rows, Section } from './device-sections.js';
import { nowOfBrowser, shownIso } from './times.js';

const time = (at: string | null | undefined): string => shownIso(at, nowOfBrowser());

const rowsOf = (
  about: DeviceViewJson['detail'],
): readonly (readonly [name: string, value: string | number | null | undefined])[] => {
  const { registration, lease } = about;
  const known = about.origin === 'unknown' ? undefined : about;
  return [
    ['status', about.status],
    ['model', about.model?.name],
    ['protocol', about.protocol],
    ['description', about.description],
    ['hardware address', about.mac],
    [
      'address',
      registration === null ? about.address : `${registration.address}:${registration.port} ${registration.transport}`,
    ],
    ['lines', about.lines.map(({ dn, label }) => (dn === label ? dn : `${dn} (${label})`)).join(', ')],
    ['registered lines', registration?.lines.join(', ')],
    ['group', about.group],
    ['load that it runs', registration?.load || about.load],
    ...(known === undefined
      ? []
      : ([
          ['load that it has besides', known.loads.inactive],
          ['load that is configured', known.loads.configured],
          ['load that it asked for', known.loads.asked],
          ['load that it could not take', known.loads.failed],
          ['why not', known.loads.failureReason],
          ['server of its loads', known.loads.server],
          [
            'file that it was given',
            known.given === null ? null : `${time(known.given.at)} over ${known.given.transport}`,
          ],
        ] as const)),
    ['registered since', registration === null ? undefined : time(registration.registeredAt)],
    ['last heard', registration === null ? undefined : time(registration.lastHeardAt)],
    ['keepalives', registration?.keepAlives],
    [
      'last messages',
      registration === null ? undefined : `${registration.heard ?? '–'} heard, ${registration.said ?? '–'} said`,
    ],
    ['SCCP version', registration?.protocolVersion],
    ['lease', lease === null ? undefined : `${lease.address} until ${time(lease.until)}`],
    ['last trouble', about.lastTrouble?.text],
    ['reason', about.reason === null ? undefined : `${about.reason.number} ${about.reason.name}: ${about.reason.text}`],
    ['shared name', about.sharedName?.text],
    ['was out of service', known?.outOfService?.text],
  ];
};

/** Everything below the ladder. */
export const DeviceFacts = ({ about: { detail: about, configuration } }: { about: DeviceViewJson }) => {
  const registrations = about.origin === 'unknown' ? [] : about.registrations;
  const reports = Object.entries(about.reports);
  return (
    <div class="facts">
      <section>
        <h2>Facts</h2>
        <dl>
          {rowsOf(about)
            .filter(([, value]) => value !== undefined && value !== null && value !== '')
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
        </dl>
      </section>
      <Section title="Files" count={about.files.length}>
        <Rows
          head={['when', 'file', 'over', 'ms', 'outcome']}
          rows={about.files.map((file) => {
            const harmless = 'harmless' in file && file.harmless === true ? ', harmless' : '';
            const reason = 'reason' in file && file.reason !== undefined ? ` (${file.reason})` : '';
            return [
              time(file.at),
              String(file.file),
              file.transport,
              'milliseconds' in file && file.milliseconds !== undefined ? String(file.milliseconds) : '–',
              `${file.outcome}${reason}${harmless}, ${file.octets} octets`,
            ];
          })}
        />
      </Section>
      <Section title="Registrations that have ended" count={registrations.length}>
        <Rows
          head={['from', 'to', 'why', 'address', 'last message']}
          rows={registrations.map(({ began, ended, reason, address, port, heard }) => [
            time(began),
            time(ended),
            reason.text,
            `${address}:${port}`,
            heard ?? '–',
          ])}
        />
      </Section>
      {configuration.length === 0 ? null : (
        <Section title="Configuration" count={configuration.length}>
          <Rows
            head={['key', 'value', 'from']}
            rows={configuration.map(({ key, value, from }) => [key, value, from])}
          />
        </Section>
      )}
      <Section title="Reports of the phone" count={reports.length}>
        <Rows
          head={['when', 'what', 'value']}
          rows={reports.map(([name, { value, at }]) => [time(at), name, String(value)])}
        />
      </Section>
    </div>
  );
};
