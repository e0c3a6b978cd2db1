// The text of each step, much as a phone's screen shows it. A row may have no text.

import type { PhoneStep, StepOf, StepType } from './steps.js';

type Row<T extends StepType> = (step: StepOf<T>) => string | undefined;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;

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
    `Loading ${file}: ${expected ? 'none, as usual without security' : 'refused'} (${why})`,
  'phone.file-missed': ({ file, why }) => `Loading ${file}: ${why}`,
  'phone.configured': ({ nodes, lines, load }) =>
    `Configuring CM list: ${nodes.join(', ')}${lines.length === 0 ? '' : `; lines ${lines.join(', ')}`}${load === '' ? '' : `; load ${load}`}`,
  'phone.misconfigured': ({ file, why }) => `${file} cannot be read: ${why}`,
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
  'phone.standing-by': ({ node }) => `${node} stands by`,
  'phone.failing-over': ({ from, to, why }) => `${from} is gone (${why}): going to ${to}`,
  'phone.returning': ({ from, to }) => `${to} is back: leaving ${from}`,
  'phone.commanded': ({ node, command }) => `${node} says: ${command}`,
  'phone.unregistering': ({ node }) => `Unregistering from ${node}`,
  'phone.unregistered': ({ node }) => `Unregistered from ${node}`,
  'phone.waiting': ({ for: what, again }) => `Waiting for ${what}: again in ${seconds(again)}`,
  'phone.stopped': () => undefined,
};

/** The text of a step; `undefined`: a screen shows nothing. */
export const onScreen = <T extends StepType>(step: StepOf<T> & PhoneStep): string | undefined =>
  (ROWS[step.type as T] as Row<T>)(step);
