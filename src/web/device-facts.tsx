// What is known of a device: facts, files, registrations, reports.

import type { ComponentChildren } from 'preact';
import type { DeviceDetail, UnknownDetail } from '../http/api/shapes.js';
import { nowOfBrowser, shownIso } from './times.js';

/** A device, or a phone that nobody configured. */
export type AnyDetail = DeviceDetail | UnknownDetail;

const time = (at: string | null | undefined): string => shownIso(at, nowOfBrowser());

const rowsOf = (about: AnyDetail): readonly (readonly [name: string, value: string | number | null | undefined])[] => {
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
    ['load', registration?.load || about.load],
    ['load in its file', known?.loads.asked],
    ['registered since', registration === null ? undefined : time(registration.registeredAt)],
    ['last heard', registration === null ? undefined : time(registration.lastHeardAt)],
    ['keepalives', registration === null ? undefined : `${registration.keepAlives}, jitter ${registration.jitter} ms`],
    ['SCCP version', registration?.protocolVersion],
    ['lease', lease === null ? undefined : `${lease.address} until ${time(lease.until)}`],
    ['last trouble', about.lastTrouble?.text],
    ['reason', about.reason === null ? undefined : `${about.reason.number} ${about.reason.name}: ${about.reason.text}`],
    ['shared name', about.sharedName?.text],
    ['was out of service', known?.outOfService?.text],
  ];
};

const Section = ({ title, count, children }: { title: string; count: number; children: ComponentChildren }) => (
  <section>
    <h2>
      {title} <small>{count}</small>
    </h2>
    {count === 0 ? <p class="note">none</p> : children}
  </section>
);

const Rows = ({ head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] }) => (
  <table>
    <thead>
      <tr>
        {head.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row, index) => (
        <tr key={index}>
          {row.map((text, column) => (
            <td key={column}>{text}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

/** Everything below the ladder. */
export const DeviceFacts = ({ about }: { about: AnyDetail }) => {
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
          head={['when', 'file', 'over', 'outcome']}
          rows={about.files.map((file) => {
            const harmless = 'harmless' in file && file.harmless === true ? ', harmless' : '';
            const reason = 'reason' in file && file.reason !== undefined ? ` (${file.reason})` : '';
            return [
              time(file.at),
              String(file.file),
              file.transport,
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
      <Section title="Reports of the phone" count={reports.length}>
        <Rows
          head={['when', 'what', 'value']}
          rows={reports.map(([name, { value, at }]) => [time(at), name, String(value)])}
        />
      </Section>
    </div>
  );
};
