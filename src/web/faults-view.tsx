// What is wrong, by its cause.

import type { FindingJson, VerdictsJson } from '../http/api/verdict-shapes.js';
import { read } from './api.js';
import { writePlace } from './routes.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { useReading } from './use.js';

const EVERY = 2_000; // milliseconds

const OfDaemon = ({ findings }: { findings: readonly FindingJson[] }) => (
  <section aria-label="labcm itself">
    <h2>labcm itself, or its host</h2>
    <ul class="faults">
      {findings.map(({ code, severity, sentence, since, remedy }) => (
        <li key={code} class={severity}>
          <p>{sentence}</p>
          {remedy.map(({ text }) => (
            <p key={text}>{text}</p>
          ))}
          <p class="note">
            {severity}, since {shownIso(since, nowOfBrowser())} <code>{code}</code>
          </p>
        </li>
      ))}
    </ul>
  </section>
);

const fleetOf = (code: string): string => writePlace({ view: 'fleet', filter: `code:${code}` });

const Group = ({ group }: { group: VerdictsJson['groups'][number] }) => {
  const { code, severity, confidence, count, since, sentence, common, devices } = group;
  return (
    <li class={severity}>
      <p>
        <a href={fleetOf(code)}>{sentence}</a>
      </p>
      {common.length === 0 ? null : <p>In common: {common.join(', ')}</p>}
      <p class="note">
        {counted(count)} device{count === 1 ? '' : 's'}, {severity}, {confidence}, since{' '}
        {shownIso(since, nowOfBrowser())} <code>{code}</code>
      </p>
      <p>
        {devices.map((name) => (
          <>
            <a key={name} href={writePlace({ view: 'device', name })}>
              {name}
            </a>{' '}
          </>
        ))}
        {count > devices.length ? <a href={fleetOf(code)}>and {counted(count - devices.length)} more</a> : null}
      </p>
    </li>
  );
};

/** The verdicts, the one that most devices have first. */
export const FaultsView = ({ isPaused }: { isPaused: boolean }) => {
  const { value, fault } = useReading(
    'verdicts',
    (signal) => read<VerdictsJson>('/api/verdicts?limit=1', signal),
    EVERY,
    isPaused,
  );
  const { groups = [], daemon = [] } = value ?? {};
  const devices = groups.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <h1>
        Faults <small>{counted(devices)}</small>
      </h1>
      {fault === undefined ? null : <p class="note">{fault}</p>}
      {value !== undefined && groups.length + daemon.length === 0 ? (
        <p class="note">Nothing is wrong with any device, nor with labcm itself.</p>
      ) : null}
      {daemon.length === 0 ? null : <OfDaemon findings={daemon} />}
      <ul class="faults" aria-label="What is wrong, by its cause">
        {groups.map((group) => (
          <Group key={group.code} group={group} />
        ))}
      </ul>
    </>
  );
};
