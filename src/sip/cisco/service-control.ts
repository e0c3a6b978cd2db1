// The bodies of service-control: reset, restart, check-version and apply-config (`sip.md` §10.3), a row for each.

import type { DeviceCommand } from '../../devices/index.js';

/** The stamps of the files that a device was given; empty: it was given none. */
export interface DeviceStamps {
  readonly config: string;
  readonly dialplan: string;
  readonly softkey: string;
  readonly featureControl: string;
}

/** What the name of a load is made of: a brace or a line break would begin another line of the phone's orders. */
const LOAD = /^[\w.()/ -]*$/;
/** The owner's own files may have a date in braces for their stamp. */
const STAMP = /^[\w.(){}/ :-]*$/;
/** A Call-ID as RFC 3261 §25.1 has it, which the phone compares with its own; it knows more characters. */
const CALL_ID = /^[!-z|~]*$/;

/** Empty where the value is none that a phone could mean. */
const braced = (name: string, value: string, form = LOAD): string => `${name}={${form.test(value) ? value : ''}}\r\n`;

const three = ({ config, dialplan, softkey }: DeviceStamps): string =>
  `${braced('ConfigVersionStamp', config, STAMP)}${braced('DialplanVersionStamp', dialplan, STAMP)}${braced('SoftkeyVersionStamp', softkey, STAMP)}`;

interface Situation {
  readonly callId: string;
  readonly stamps: DeviceStamps;
  readonly load: string;
  readonly inactiveLoad: string;
  /** Whether reset and restart carry the stamps: old loads want them, newer answer 400 to more than they know. */
  readonly stamped: boolean;
}

const short = (action: string, { callId, stamps, stamped }: Situation): string =>
  `action=${action}\r\n${braced('RegisterCallId', callId, CALL_ID)}${stamped ? three(stamps) : ''}`;

const BODIES: Readonly<Record<DeviceCommand, (situation: Situation) => string>> = {
  reset: (situation) => short('reset', situation),
  restart: (situation) => short('restart', situation),
  apply: ({ callId, stamps, load, inactiveLoad }) =>
    `action=apply-config\r\n${braced('RegisterCallId', callId, CALL_ID)}${three(stamps)}${braced('FeatureControlVersionStamp', stamps.featureControl, STAMP)}CUCMResult=Reregister_Needed\r\n${braced('LoadId', load)}${braced('InactiveLoadId', inactiveLoad)}${braced('LoadServer', '')}${braced('LogServer', '')}PPID=enabled\r\nUpgradeTime=now\r\n`,
};

export const serviceControlBody = (command: DeviceCommand, situation: Situation): string => BODIES[command](situation);

/** The last part of the status after a first registration: files of other stamps are fetched again. */
export const checkVersionBody = (callId: string, stamps: DeviceStamps): string =>
  `action=check-version\r\n${braced('RegisterCallId', callId, CALL_ID)}${three(stamps)}${braced('FeatureControlVersionStamp', stamps.featureControl, STAMP)}`;
