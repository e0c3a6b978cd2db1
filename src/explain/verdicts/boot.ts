// The boot of a phone: when it began, how far it came, and what it waits for. A boot begins with a DISCOVER or an
// INIT-REBOOT, with a request for a trust list after a pause, or with an alarm that says so, and with nothing else
// (`docs/protocols/explain.md` §1.5). A phone that connects again makes another attempt of the same boot.

import { type Duration, type Instant, instant, seconds } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';

/** How far a boot has come. */
export const BOOT_STAGES = ['power', 'dhcp', 'files', 'connect', 'register', 'lines', 'stays'] as const;
/** How far a boot has come. A stage may be left out, e.g. by a phone with a fixed address. */
export type BootStage = (typeof BOOT_STAGES)[number];

/** A boot as it is now. */
export interface Boot {
  readonly began: Instant | undefined;
  /** The stage of the last fact, and the furthest one. */
  readonly stage: BootStage;
  readonly furthest: BootStage;
  /** When the last fact of the phone came. */
  readonly lastAt: Instant | undefined;
}

/** What a boot is made of as facts come in. One for each phone that was heard of. */
export interface BootProgress {
  began: Instant;
  lastAt: Instant;
  lastFileAt: Instant;
  stage: BootStage;
  furthest: BootStage;
}

/** A phone of which nothing was heard. */
export const newProgress = (at: Instant): BootProgress => ({
  began: at,
  lastAt: at,
  lastFileAt: instant(Number.NEGATIVE_INFINITY),
  stage: 'power',
  furthest: 'power',
});

/** A trust list that is asked for after so long a pause begins a boot. */
const FILES_PAUSED: Duration = seconds(20);

/** The alarms of a phone that begins anew: its keypad, a reset, its power (`docs/protocols/explain.md` §1.4). */
const ALARMS_OF_BOOTS: ReadonlySet<unknown> = new Set([20, 22, 25]);

const TRUST_LIST = /(?:^|\/)(?:CTL|ITL)[^/]*\.tlv$/i;

const rank = (stage: BootStage): number => BOOT_STAGES.indexOf(stage);

/** Whether one stage is further than the other. */
export const isFurther = (one: BootStage, other: BootStage): boolean => rank(one) > rank(other);

/** The stage that an event shows. Absent: it shows none. */
const STAGE_OF: { readonly [T in LabcmEvent['type']]?: BootStage } = {
  'dhcp.received': 'dhcp',
  'dhcp.sent': 'dhcp',
  'dhcp.offer-lapsed': 'dhcp',
  'dhcp.other-offer': 'dhcp',
  'dhcp.unsaved': 'dhcp',
  'device.leased': 'dhcp',
  'tftp.completed': 'files',
  'tftp.refused': 'files',
  'tftp.failed': 'files',
  'http.file': 'files',
  'net.knock': 'connect',
  'net.tls-failed': 'connect',
  'sccp.link-closed': 'connect',
  'sccp.link-refused': 'connect',
  'sccp.standby': 'connect',
  'sip.link-closed': 'connect',
  'sip.link-refused': 'connect',
  'sip.standby': 'connect',
  'sccp.malformed': 'connect',
  'sccp.token': 'connect',
  'sip.malformed': 'connect',
  'sip.token': 'connect',
  'sip.register-answered': 'register',
  'device.registering': 'register',
  'device.rejected': 'register',
  'device.auto-registered': 'register',
  'device.partially-registered': 'lines',
  'device.registered': 'stays',
};

const FILE_EVENTS: ReadonlySet<LabcmEvent['type']> = new Set([
  'tftp.completed',
  'tftp.refused',
  'tftp.failed',
  'http.file',
]);

/** Notes an event of the phone. A fact of DHCP comes by `bootBegins` as well. */
export const progressed = (progress: BootProgress, event: LabcmEvent): void => {
  const { at } = event;
  if (beginsBoot(progress, event)) bootBegins(progress, at);
  if (FILE_EVENTS.has(event.type)) progress.lastFileAt = at;
  progress.lastAt = at;
  const stage = STAGE_OF[event.type];
  if (stage === undefined) return;
  progress.stage = stage;
  if (isFurther(stage, progress.furthest)) progress.furthest = stage;
};

/** The phone begins anew. */
export const bootBegins = (progress: BootProgress, at: Instant): void => {
  progress.began = at;
  progress.lastAt = at;
  progress.stage = 'power';
  progress.furthest = 'power';
};

const beginsBoot = (progress: BootProgress, event: LabcmEvent): boolean => {
  if (event.type === 'device.reported') return ALARMS_OF_BOOTS.has(alarmOf(event.facts));
  if (!FILE_EVENTS.has(event.type)) return false;
  const { file, asked = file } = event as { readonly file: string; readonly asked?: string };
  return TRUST_LIST.test(asked) && event.at - progress.lastFileAt > FILES_PAUSED;
};

/** SCCP gives the code as the first number of its text, SIP as a number (`docs/protocols/sccp.md` §5.1). */
const alarmOf = ({ alarmCode, alarm }: Readonly<Record<string, unknown>>): number | undefined => {
  if (typeof alarmCode === 'number') return alarmCode;
  if (typeof alarm === 'number') return alarm;
  const [code] = /^\d+/.exec(String(alarm ?? '')) ?? [];
  return code === undefined ? undefined : Number(code);
};

/** The boot of a device as it is now. */
export const bootOf = (progress: BootProgress | undefined, record: DeviceRecord | undefined): Boot => {
  const stage = record?.state === 'registered' ? 'stays' : (progress?.stage ?? 'power');
  return {
    began: progress?.began,
    stage,
    furthest: progress === undefined || isFurther(stage, progress.furthest) ? stage : progress.furthest,
    lastAt: progress?.lastAt,
  };
};
