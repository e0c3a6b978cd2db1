// The bodies of service-control: reset, restart, check-version and apply-config (`sip.md` §10.3).

import type { DeviceCommand } from '../../devices/index.js';

/** Cisco's version stamps of the files of a device; empty: it has no such file. */
export interface FileVersionStamps {
  readonly config: string;
  readonly dialplan: string;
  readonly softkey: string;
  readonly featureControl: string;
}

/** The characters of a load's name. A brace or a line break would begin another line of the body. */
const LOAD = /^[\w.()/ -]*$/;
/** Files that somebody wrote by hand may have a stamp with a date in braces. */
const STAMP = /^[\w.(){}/ :-]*$/;
/** A Call-ID has more characters (RFC 3261 §25.1). */
const CALL_ID = /^[!-z|~]*$/;

/** One line of the body. Its value is empty if it has characters that it may not have. */
const braced = (name: string, value: string, form = LOAD): string => `${name}={${form.test(value) ? value : ''}}\r\n`;

const phoneVersionStamps = ({ config, dialplan, softkey }: FileVersionStamps): string =>
  `${braced('ConfigVersionStamp', config, STAMP)}${braced('DialplanVersionStamp', dialplan, STAMP)}${braced('SoftkeyVersionStamp', softkey, STAMP)}`;

interface ServiceControlContext {
  readonly callId: string;
  readonly versionStamps: FileVersionStamps;
  readonly load: string;
  readonly inactiveLoad: string;
  /** Whether reset and restart carry the version stamps: old loads need them, newer ones answer 400. */
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

/** The body of a command. */
export const serviceControlBody = (command: DeviceCommand, context: ServiceControlContext): string =>
  BODIES[command](context);

/** The last part of the status after a first registration. The phone fetches each file again that has another stamp. */
export const checkVersionBody = (callId: string, versionStamps: FileVersionStamps): string =>
  `action=check-version\r\n${braced('RegisterCallId', callId, CALL_ID)}${phoneVersionStamps(versionStamps)}${braced('FeatureControlVersionStamp', versionStamps.featureControl, STAMP)}`;
