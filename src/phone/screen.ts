// The text of each step, much as a phone's screen shows it. A row may have no text.

import type { PhoneStep, StepOf, StepType } from './steps.js';

type Row<T extends StepType> = (step: StepOf<T>) => string | undefined;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;

const ENDED_BY = { phone: 'this phone', far: 'the other side', link: 'the loss of the link' } as const;

const packets = ({ sent, received, lost }: { sent: number; received: number; lost: number }): string =>
  `${sent} packets sent, ${received} received, ${lost} lost`;

/** A refusal that is no fault. */
const NONE = { list: 'none, as usual without security', extension: 'none, as usual' } as const;

const ROWS: { readonly [T in StepType]: Row<T> } = {
  'phone.started': ({ model, protocol, unverified }) =>
    `${model}, ${protocol}${unverified.length === 0 ? '' : ` (unverified: ${unverified.join(', ')})`}`,
  'phone.address-asked': ({ server }) => `Configuring IP: DISCOVER to ${server}`,
  'phone.address-offered': ({ address, server }) => `Configuring IP: ${address} is offered by ${server}`,
  'phone.address-bound': ({ address, fileServers, leaseSeconds, took }) =>
    `Configuring IP: bound to ${address} for ${leaseSeconds} s, TFTP server ${fileServers.join(', ') || 'none'} (${took} ms)`,
  'phone.address-refused': ({ why }) => `Configuring IP: refused, ${why}`,
  'phone.file-asked': () => undefined,
  'phone.file-fetched': ({ file, octets, took }) => `Loading ${file}: ${octets} octets (${took} ms)`,
  'phone.file-refused': ({ file, why, expected }) =>
    `Loading ${file}: ${expected ? NONE[file.startsWith('ext_') ? 'extension' : 'list'] : 'refused'} (${why})`,
  'phone.file-missed': ({ file, why }) => `Loading ${file}: ${why}`,
  'phone.trust-restored': ({ lists, certificate }) =>
    `Trust store: ${[...lists, ...(certificate ? ['a certificate of CAPF'] : [])].join('; ') || 'a configuration alone'}`,
  'phone.trust-fault': ({ why }) => `Trust store: ${why}`,
  'phone.trust-erased': ({ certificate }) =>
    `Trust lists erased${certificate ? '; the certificate of CAPF stays' : ', and no certificate of CAPF is left'}`,
  'phone.trust-taken': ({ file, signer, onFaith, byTvs }) =>
    `Trust List Updated: ${file} of ${signer}${onFaith ? ', on faith' : ''}${byTvs ? ', for which TVS vouches' : ''}`,
  'phone.trust-refused': ({ file, why }) => `Trust List Update Failed: ${file}, ${why}`,
  'phone.file-untrusted': ({ file, why }) => `File Auth Error: ${file}, ${why}`,
  'phone.server-trusted': ({ service, server, by }) =>
    `${service} at ${server}: ${by === 'TVS' ? 'TVS vouches for its certificate' : `its certificate is in the ${by}`}`,
  'phone.server-refused': ({ service, server, alert, why }) =>
    `TLS Error: ${service} at ${server} is refused with alert ${alert}: ${why}`,
  'phone.tvs-asked': ({ server, about }) => `Asking TVS at ${server} about ${about}`,
  'phone.tvs-answered': ({ known, roles }) =>
    known ? `TVS: known as ${roles.join(', ') || 'nothing'}` : 'TVS: not known',
  'phone.tvs-failed': ({ server, why }) => `TVS at ${server}: ${why}`,
  'phone.configured': ({ nodes, lines, load }) =>
    `Configuring CM list: ${nodes.join(', ')}${lines.length === 0 ? '' : `; lines ${lines.join(', ')}`}${load === '' ? '' : `; load ${load}`}`,
  'phone.misconfigured': ({ file, why }) => `${file} cannot be read: ${why}`,
  'phone.enrolling': ({ address, port }) => `Asking CAPF at ${address}:${port} for a certificate`,
  'phone.enrolled': ({ outcome }) => `CAPF: ${outcome}`,
  'phone.link-opening': () => undefined,
  'phone.link-opened': ({ node, local, took }) => `Opening ${node}: from ${local} (${took} ms)`,
  'phone.link-failed': ({ node, why }) => `${node}: ${why}`,
  'phone.alarm-sent': ({ text }) => `Alarm: ${text}`,
  'phone.register-sent': ({ node, line }) => `Registering${line === '' ? '' : ` ${line}`} with ${node}`,
  'phone.challenged': ({ realm }) => `Asked for a password by ${realm}`,
  'phone.accepted': ({ keepAlive, standbyKeepAlive, version, took }) =>
    version === undefined
      ? `Accepted for ${keepAlive} s (${took} ms)`
      : `Accepted: version ${version}, keepalive every ${keepAlive} s, ${standbyKeepAlive} s on standby (${took} ms)`,
  'phone.line': ({ number, dn, label }) =>
    `Line ${number}: ${dn || 'none'}${label === dn || label === '' ? '' : ` "${label}"`}`,
  'phone.prompt': ({ text }) => `Screen: ${text}`,
  'phone.clock': ({ text }) => `Clock: ${text}`,
  'phone.registered': ({ node, lines, took }) =>
    `Registered with ${node}${lines.length === 0 ? '' : `, ${lines.join(', ')}`} (${took} ms)`,
  'phone.refused': ({ node, why }) => `Registration rejected by ${node}: ${why}`,
  'phone.keepalive-sent': () => undefined,
  'phone.keepalive-answered': ({ node, role }) =>
    `Keepalive answered by ${node}${role === 'standby' ? ' (standby)' : ''}`,
  'phone.keepalive-missed': ({ node, missed }) =>
    `${node} has not answered ${missed} keepalive${missed === 1 ? '' : 's'}`,
  'phone.refreshed': ({ node }) => `Registration with ${node} refreshed`,
  'phone.subscribed': ({ event, dn }) => `Subscribed to ${event} of ${dn}`,
  'phone.subscription-refused': ({ event, dn, why }) => `Subscription to ${event} of ${dn} refused: ${why}`,
  'phone.lamp': ({ of, state }) => `Lamp of ${of}: ${state}`,
  'phone.messages': ({ line, waiting, new: count, old }) =>
    `Messages${line === '' ? '' : ` for ${line}`}: ${waiting ? 'waiting' : 'none'}${count === undefined ? '' : ` (${count} new, ${old} old)`}`,
  'phone.standing-by': ({ node }) => `${node} stands by`,
  'phone.failing-over': ({ from, to, why }) => `${from} is gone (${why}): going to ${to}`,
  'phone.returning': ({ from, to }) => `${to} is back: leaving ${from}`,
  'phone.commanded': ({ node, command }) => `${node} says: ${command}`,
  'phone.unregistering': ({ node }) => `Unregistering from ${node}`,
  'phone.unregistered': ({ node }) => `Unregistered from ${node}`,
  'phone.waiting': ({ for: what, again }) => `Waiting for ${what}: again in ${seconds(again)}`,
  'phone.pushed': ({ what }) => `Pushed: ${what}`,
  'phone.page-joined': ({ group }) => `Page: listening to ${group}`,
  'phone.page-refused': ({ group, why }) => `Page: cannot listen to ${group}: ${why}`,
  'phone.page-left': ({ group, received, lost }) => `Page: left ${group}, ${received} packets received, ${lost} lost`,
  'phone.pages-opened': ({ url }) => `Pages: ${url}`,
  'phone.pages-refused': ({ url, why }) => `Pages: ${url} cannot be opened: ${why}`,
  'phone.stopped': () => undefined,
  'phone.dialling': ({ call, number }) => `Call ${call}: dialling ${number}`,
  'phone.call-proceeding': () => undefined,
  'phone.call-ringing': ({ call, number, took }) => `Call ${call}: ${number} rings (${took} ms)`,
  'phone.rings': ({ call, number, name }) =>
    `Call ${call}: ${number || 'somebody'}${name === '' || name === number ? '' : ` "${name}"`} calls`,
  // The server tells the number of a call that was picked up only then.
  'phone.call-connected': ({ call, number, took }) =>
    `Call ${call}: connected${number === '' ? '' : ` with ${number}`} (${took} ms)`,
  'phone.call-held': ({ call, by }) => `Call ${call}: ${by === 'far' ? 'the other side holds it' : 'held'}`,
  'phone.call-resumed': ({ call, by }) => `Call ${call}: ${by === 'far' ? 'the other side resumes it' : 'resumed'}`,
  'phone.call-parked': ({ call, number }) => `Call ${call}: parked at ${number}`,
  'phone.media-opened': ({ call, local, codec }) => `Call ${call}: receives ${codec} at ${local}`,
  'phone.media-started': ({ call, to, codec }) => `Call ${call}: sends ${codec} to ${to}`,
  'phone.media-stopped': ({ call, ...counts }) => `Call ${call}: stops sending, ${packets(counts)}`,
  'phone.call-failed': ({ call, number, why, cause }) =>
    `Call ${call}: ${number} cannot be reached: ${why}${cause === undefined ? '' : ` (cause ${cause})`}`,
  'phone.call-ended': ({ call, by, talked, ...counts }) =>
    `Call ${call}: ended by ${ENDED_BY[by]}${talked === undefined ? '' : ` after ${seconds(talked)}, ${packets(counts)}`}`,
};

/** The text of a step; `undefined`: a screen shows nothing. */
export const onScreen = <T extends StepType>(step: StepOf<T> & PhoneStep): string | undefined =>
  (ROWS[step.type as T] as Row<T>)(step);
