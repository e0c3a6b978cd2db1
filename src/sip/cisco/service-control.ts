// The bodies of service-control: reset, restart, check-version and apply-config (`sip.md` §10.3), a row for each.

import type { DeviceCommand } from '../../devices/index.js';

/** The stamps of the files that a device was given; empty: it was given none. */
export interface VersionStamps {
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

const phoneVersionStamps = ({ config, dialplan, softkey }: VersionStamps): string =>
  `${braced('ConfigVersionStamp', config, STAMP)}${braced('DialplanVersionStamp', dialplan, STAMP)}${braced('SoftkeyVersionStamp', softkey, STAMP)}`;

interface ServiceControlContext {
  readonly callId: string;
  readonly versionStamps: VersionStamps;
  readonly load: string;
  readonly inactiveLoad: string;
  /** Whether reset and restart carry the stamps: old loads want them, newer answer 400 to more than they know. */
  readonly withVersionStamps: boolean;
}

const resetBody = (action: string, { callId, versionStamps, withVersionStamps }: ServiceControlContext): string =>
  `action=${action}\r\n${braced('RegisterCallId', callId, CALL_ID)}${withVersionStamps ? phoneVersionStamps(versionStamps) : ''}`;

const BODIES: Readonly<Record<DeviceCommand, (context: ServiceControlContext) => string>> = {
  reset: (context) => resetBody('reset', context),
  restart: (context) => resetBody('restart', context),
  apply: ({ callId, versionStamps, load, inactiveLoad }) =>
    `action=apply-config\r\n${braced('RegisterCallId', callId, CALL_ID)}${phoneVersionStamps(versionStamps)}${braced('FeatureControlVersionStamp', versionStamps.featureControl, STAMP)}CUCMResult=Reregister_Needed\r\n${braced('LoadId', load)}${braced('InactiveLoadId', inactiveLoad)}${braced('LoadServer', '')}${braced('LogServer', '')}PPID=enabled\r\nUpgradeTime=now\r\n`,
};

export const serviceControlBody = (command: DeviceCommand, context: ServiceControlContext): string =>
  BODIES[command](context);

/** The last part of the status after a first registration: files of other stamps are fetched again. */
export const checkVersionBody = (callId: string, versionStamps: VersionStamps): string =>
  `action=check-version\r\n${braced('RegisterCallId', callId, CALL_ID)}${phoneVersionStamps(versionStamps)}${braced('FeatureControlVersionStamp', versionStamps.featureControl, STAMP)}`;
