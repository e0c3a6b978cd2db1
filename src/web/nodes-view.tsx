// Which node has whom, as far as this one knows.

import type { HealthJson } from '../http/api/daemon-shapes.js';
import type { NodesJson, SeenHereJson } from '../http/api/node-shapes.js';
import { read } from './api.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { useReading } from './use.js';
import { WideTable } from './wide-table.js';

const EVERY = 5_000; // milliseconds
/** A port that is open only to tell who tries it. */
const KNOCK = 'KNOCK';

/** What is heard of nodes where a bus connects them. */
const HEARD = ['state', 'since', 'over SCCP', 'over SIP'];

const Heard = ({ state, since, registered }: NodesJson['nodes'][number]) => (
  <>
    <td class={state === 'alive' ? 'good' : 'blocking'}>{state}</td>
    <td>{since === null || since === undefined ? 'never heard' : shownIso(since, nowOfBrowser())}</td>
    <td>{registered === undefined ? '–' : counted(registered.SCCP)}</td>
    <td>{registered === undefined ? '–' : counted(registered.SIP)}</td>
  </>
);

const Nodes = ({ nodes, isShared }: Pick<NodesJson, 'nodes'> & { isShared: boolean }) => (
  <WideTable
    label="Nodes"
    columns={[
      'node',
      ...(isShared ? HEARD : []),
      ...['address', 'SCCP', 'SIP', 'SIP over TLS', 'place in its groups', 'description'],
    ]}
  >
    {nodes.map((node) => {
      const { name, address, sccpPort, sipPort, sipTlsPort, groups, description, isSelf } = node;
      return (
        <tr key={name} aria-current={isSelf ? 'true' : undefined}>
          <td>
            <strong>{name}</strong> {isSelf ? '(this one)' : ''}
          </td>
          {isShared ? <Heard {...node} /> : null}
          <td>
            <code>{address}</code>
          </td>
          <td>{sccpPort}</td>
          <td>{sipPort}</td>
          <td>{sipTlsPort || '–'}</td>
          <td>{groups.map(({ name: group, place }) => `${place} of ${group}`).join(', ') || '–'}</td>
          <td>{description === name ? '' : description}</td>
        </tr>
      );
    })}
  </WideTable>
);

const Groups = ({ groups, isShared }: Pick<NodesJson, 'groups'> & { isShared: boolean }) => (
  <WideTable
    label="Call manager groups"
    columns={['group', 'its nodes, the first one first', 'devices', isShared ? 'registered' : 'registered here']}
  >
    {groups.map(({ name, members, devices, registered }) => (
      <tr key={name}>
        <td>
          <strong>{name}</strong>
        </td>
        <td>{members.join(', ')}</td>
        <td>{counted(devices)}</td>
        <td>{counted(registered)}</td>
      </tr>
    ))}
  </WideTable>
);

/** What the services of this node listen on. */
const Listeners = ({ listeners }: Pick<HealthJson, 'listeners'>) => (
  <WideTable label="Listeners" columns={['service', 'over', 'address', 'port']}>
    {listeners
      .filter(({ service }) => service !== KNOCK)
      .map(({ service, transport, address, port }) => (
        <tr key={`${service} ${transport} ${address} ${port}`}>
          <td>{service}</td>
          <td>{transport}</td>
          <td>
            <code>{address}</code>
          </td>
          <td>{port}</td>
        </tr>
      ))}
  </WideTable>
);

const Here = ({ here }: { here: SeenHereJson }) => {
  const { registered, connections, standbyConnections, standbyChecks, tokens } = here;
  const facts: readonly (readonly [name: string, text: string])[] = [
    ['registered', `${counted(registered.SCCP)} over SCCP, ${counted(registered.SIP)} over SIP`],
    ['connections', `${counted(connections.SCCP)} of SCCP, ${counted(connections.SIP)} of SIP over TCP and TLS`],
    ['standby over SCCP', `${counted(standbyConnections)} connections of phones that are registered with another node`],
    ['standby over SIP', `${counted(standbyChecks)} checks by phones of another node, since the start`],
    [
      'coming back',
      `${counted(tokens.granted)} tokens granted and ${counted(tokens.refused)} put off, since the start`,
    ],
  ];
  return (
    <section class="facts" aria-label="Seen here">
      <dl>
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
};

const BusNote = ({ bus }: { bus: NonNullable<NodesJson['bus']> }) => (
  <p class="note">
    {bus.state === 'connected'
      ? `The bus at ${bus.address} answers since ${shownIso(bus.since, nowOfBrowser())}.`
      : `The bus at ${bus.address} is gone since ${shownIso(bus.since, nowOfBrowser())}: ${bus.reason ?? ''}. What other nodes have may be old.`}
  </p>
);

/** The nodes of the configuration, and what this one sees. */
export const NodesView = ({ isPaused }: { isPaused: boolean }) => {
  const { value, fault } = useReading('nodes', (signal) => read<NodesJson>('/api/nodes', signal), EVERY, isPaused);
  const { value: health } = useReading('health', (signal) => read<HealthJson>('/healthz', signal), EVERY, isPaused);
  const others = value?.nodes.filter(({ isSelf }) => !isSelf) ?? [];
  return (
    <>
      <h1>
        Nodes <small>{value?.cluster ?? ''}</small>
      </h1>
      {fault === undefined ? null : <p class="note">{fault}</p>}
      {value === undefined ? null : (
        <>
          {value.bus === undefined ? null : <BusNote bus={value.bus} />}
          <Nodes nodes={value.nodes} isShared={value.bus !== undefined} />
          <h2>Call manager groups</h2>
          <Groups groups={value.groups} isShared={value.bus !== undefined} />
          <h2>Seen by {value.nodes.find(({ isSelf }) => isSelf)?.name ?? 'this node'}</h2>
          <Here here={value.here} />
          {health === undefined ? null : <Listeners listeners={health.listeners} />}
          <p class="note">
            {others.length === 0
              ? 'The configuration lists no other node.'
              : value.bus !== undefined
                ? 'Every node shows the phones of all.'
                : `What ${others.map(({ name }) => name).join(' and ')} has registered is not known here: nodes do not tell each other without cluster.bus. Its own page says so.`}
          </p>
        </>
      )}
    </>
  );
};
