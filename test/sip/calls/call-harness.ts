// SIP phones that call each other: the real service and call machine over networks in memory, and stand-ins for SCCP phones.

import {
  type Appearance,
  CallControl,
  type CallEvent,
  CallNumbers,
  type CallSettings,
  DEFAULT_CALLS,
  DialPlan,
  type LegSupplier,
  type LineFeatures,
  type MediaAddress,
} from '../../../src/calls/index.js';
import { DeadlineTimer } from '../../../src/core/deadline-timer.js';
import { EventBus } from '../../../src/core/event-bus.js';
import type { DeviceRecord, Line } from '../../../src/devices/index.js';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { CallLab, FakePhone, type FakePhoneOptions } from '../../calls/harness.js';
import type { DeviceChanges } from '../../support/devices.js';
import { aDevice } from '../../support/devices.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryKeeper } from '../../support/memory-keeper.js';
import { type SipHarness, type SipHarnessOptions, sipHarness, statuses } from '../harness.js';
import { type PhoneDialog, SipPhone } from './sip-phone.js';

export interface CallPhoneOptions {
  readonly dn: string;
  /** What others are shown beside its number; none unless given. */
  readonly name?: string;
  /** Cisco's dialect unless false. */
  readonly isCisco?: boolean;
  readonly transport?: 'UDP' | 'TCP';
  readonly device?: string;
  readonly address?: string;
  readonly port?: number;
  /** The URI with which it registers, where it has one of its own choice. */
  readonly contact?: string;
  readonly voicemail?: string;
  /** Lines beside its first. */
  readonly otherLines?: readonly string[];
  /** Of each of its lines; absent: 4 and 2. */
  readonly limits?: { readonly maxCalls: number; readonly busyTrigger: number };
  readonly more?: Omit<DeviceChanges, 'lines'>;
  /** What its line is other than usual. */
  readonly line?: Partial<Line>;
  readonly showsSharedLine?: boolean;
  readonly autoAnswer?: 'speaker' | 'headset';
}

export interface SipCallLab {
  readonly harness: SipHarness;
  readonly clock: ManualClock;
  readonly control: CallControl;
  readonly events: CallEvent[];
  readonly phones: readonly SipPhone[];
  /** An SCCP phone that is not there: it notes what its legs were told. */
  sccp(dn: string, options?: Partial<FakePhoneOptions>): FakePhone;
  /** An end of labcm's own. */
  service(name: string, options?: Partial<FakePhoneOptions>): FakePhone;
  /** From now on there is a conference bridge, whose ends are these. */
  bridge(): FakePhone;
  /** From now on ends of labcm's own receive there. */
  receivesAt(where: (address: MediaAddress) => boolean): void;
  /** Nothing is left of any call, once what has ended is forgotten. */
  expectNothingLeft(): void;
}

export const appearanceOf = (record: DeviceRecord, dn: string): Appearance | undefined => {
  const { name, lines } = record.configured;
  const index = lines.findIndex((line) => line.dn === dn);
  const line = lines[index];
  if (line === undefined) return undefined;
  const { maxCalls, busyTrigger, autoAnswer } = line;
  const { doNotDisturb } = record.configured;
  const answer = autoAnswer === undefined ? {} : { autoAnswer };
  return { device: name, dn, lineInstance: index + 1, displayName: '', maxCalls, busyTrigger, doNotDisturb, ...answer };
};

export const sipCallLab = async (
  phones: readonly CallPhoneOptions[],
  settings: Partial<CallSettings> = {},
  options: SipHarnessOptions & { readonly canSet?: boolean } = {},
): Promise<SipCallLab> => {
  const all = { ...DEFAULT_CALLS, ...settings };
  const events: CallEvent[] = [];
  const bus = new EventBus<CallEvent>((error) => {
    throw error;
  });
  bus.subscribe((event) => events.push(event));
  const fakes = new CallLab(settings);
  const devices = phones.map(({ dn, otherLines = [], limits, device, more, line, autoAnswer }, index) => {
    const lines = [dn, ...otherLines];
    const made = aDevice(device ?? `SEP00000000000${index + 1}`, { protocol: 'SIP', lines, ...more });
    const answering = autoAnswer === undefined ? {} : { autoAnswer };
    return { ...made, lines: made.lines.map((usual) => ({ ...usual, ...limits, ...line, ...answering })) };
  });
  let harness: SipHarness | undefined;
  let keeper: MemoryKeeper | undefined;
  const namedAppearanceOf = (record: DeviceRecord, dn: string): Appearance | undefined => {
    const appearance = appearanceOf(record, dn);
    const displayName = phones.find((phone) => phone.dn === dn)?.name ?? '';
    return appearance === undefined ? undefined : { ...appearance, displayName };
  };
  const directory = {
    has: (dn: string) =>
      devices.some(({ lines }) => lines.some((line) => line.dn === dn)) ||
      fakes.phones.some(({ appearance }) => appearance.dn === dn),
    all: () => [
      ...devices.flatMap(({ lines }) => lines.map(({ dn }) => dn as string)),
      ...fakes.phones.map(({ appearance }) => appearance.dn),
    ],
  };
  const appearancesOf = (dn: string): { appearance: Appearance; supplier: LegSupplier }[] => [
    ...(harness?.database.byDirectoryNumber(dn as never) ?? []).flatMap((record) => {
      const appearance = namedAppearanceOf(record, dn);
      const supplier = harness?.server.legSupplier;
      const isRegistered = record.registration !== undefined;
      return appearance === undefined || supplier === undefined || !isRegistered ? [] : [{ appearance, supplier }];
    }),
    ...fakes.phones
      .filter(({ appearance }) => appearance.dn === dn)
      .map((phone) => ({ appearance: phone.appearance, supplier: phone })),
  ];
  const featuresOf = (dn: string): LineFeatures | undefined => {
    const phone = phones.find((each) => each.dn === dn);
    const line = harness?.database.byDirectoryNumber(dn as never)[0]?.configured.lines.find((each) => each.dn === dn);
    if (line === undefined) return fakes.featuresOf(dn);
    const { forward, voicemail, pickupGroup } = line;
    return { forward, noAnswerAfter: forward.after, voicemail: phone?.voicemail ?? voicemail, pickupGroup };
  };
  let receivesAt: (address: MediaAddress) => boolean = () => false;
  const control = new CallControl({
    settings: all,
    dialPlan: new DialPlan(directory, all),
    phones: {
      appearancesOf,
      linesOf: (device) => harness?.database.byName(device)?.registration?.lines ?? [],
      isShared: (dn) => appearancesOf(dn).length > 1,
      featuresOf,
      hasLine: (device, dn) =>
        harness?.database.byName(device)?.configured.lines.some((line) => line.dn === dn) === true,
    },
    services: {
      portFor: (service, leg) => fakes.services.get(service)?.portFor(leg),
      receivesAt: (address) => receivesAt(address),
      canMix: true,
      newRoom: () => fakes.newRoom(),
    },
    trunks: { portFor: (trunk, leg) => harness?.server.trunks?.portFor(trunk, leg) ?? 'noRoute' },
    numbers: new CallNumbers(1, 12 * 3600),
    bus,
    ...(options.canSet === true
      ? {
          keeper: {
            keepForward: (...wish) => keeper?.keepForward(...wish),
            keepDoNotDisturb: (...wish) => keeper?.keepDoNotDisturb(...wish),
          },
        }
      : {}),
  });
  const clock = options.clock ?? new ManualClock(options.start);
  const timer = new DeadlineTimer(control, clock);
  control.onEarlierDeadline(() => timer.rearm());
  const made = await sipHarness(devices, {
    ...options,
    clock,
    calls: { control, appearanceOf: namedAppearanceOf },
    callBus: bus as unknown as EventBus<never>,
  });
  harness = made;
  keeper = new MemoryKeeper(made.database, () => clock.now());
  const sipPhones = await Promise.all(
    phones.map(async (given, index) => {
      const { dn, otherLines = [], isCisco = true, transport = 'TCP', address, port, contact, showsSharedLine } = given;
      const device = devices[index]?.name ?? '';
      const remote = { address: address ?? `10.10.210.${101 + index}`, port: port ?? 50_001 + index };
      const peer = transport === 'TCP' ? made.tcp(remote) : await made.udp(remote);
      const phone = new SipPhone(peer, { device, dn, ...remote, isCisco, transport, showsSharedLine });
      phone.register(contact);
      for (const line of otherLines) phone.register(contact, line);
      made.clock.advance(20); // what a registration sets off leaves
      phone.take();
      return phone;
    }),
  );
  const labOfFakes = (): CallLab => {
    const lab = Object.assign(Object.create(fakes), { control, phones: fakes.phones, notes: fakes.notes }) as CallLab;
    return Object.defineProperty(lab, 'now', { get: () => clock.now() });
  };
  return {
    harness: made,
    clock,
    control,
    events,
    phones: sipPhones,
    service: (name, more = {}) => {
      const service = new FakePhone(labOfFakes(), name, { dn: name, ...more });
      fakes.services.set(name, service);
      return service;
    },
    sccp: (dn, more = {}) => {
      const lab = labOfFakes();
      const phone = new FakePhone(lab, `SEP0000000000F${fakes.phones.length}`, { dn, ...more });
      fakes.phones.push(phone);
      return phone;
    },
    bridge: () => {
      const lab = Object.assign(Object.create(fakes), { control, phones: fakes.phones, notes: fakes.notes }) as CallLab;
      Object.defineProperty(lab, 'now', { get: () => clock.now() });
      const ends = new FakePhone(lab, 'conference', { dn: 'conference', answers: true });
      fakes.services.set('conference', ends);
      return ends;
    },
    receivesAt: (where) => {
      receivesAt = where;
    },
    expectNothingLeft: () => {
      clock.advance(80_000);
      const left = [control.calls.size, control.legs.size, made.server.callDialogs];
      if (left.some((count) => count !== 0)) throw new Error(`left over: ${left.join(', ')}`);
    },
  };
};

/** The last message of that method or status. */
export const last = (messages: readonly SipMessage[], what: string | number): SipMessage => {
  const found = messages.findLast(({ method, status, kind }) => (kind === 'request' ? method : status) === what);
  if (found === undefined) throw new Error(`no ${what} among ${statuses(messages).join(' ')}`);
  return found;
};

export const bodyOf = (message: SipMessage): string => message.body.toString('latin1');

/** `address:port payloads direction` of an SDP. */
export const sdpOf = (message: SipMessage): string => {
  const lines = bodyOf(message).split('\r\n');
  const address = lines.find((line) => line.startsWith('c='))?.slice('c=IN IP4 '.length);
  const [, port, , ...payloads] = (lines.find((line) => line.startsWith('m=')) ?? '').split(' ');
  const direction = ['sendonly', 'recvonly', 'inactive'].find((each) => lines.includes(`a=${each}`));
  return `${address}:${port} ${payloads.join(' ')}${direction === undefined ? '' : ` ${direction}`}`;
};

export const textOf = (message: SipMessage, name: keyof typeof ID): string | undefined => message.text(ID[name]);
export { statuses };

/** A call that both talk in: the dialogs of the caller and of the called phone. */
export const talk = (a: SipPhone, b: SipPhone): readonly [PhoneDialog, PhoneDialog] => {
  const dialogA = a.invite(b.options.dn, a.sdp({ rtpPort: 16_000 }));
  const invite = last(b.take(), 'INVITE');
  b.answer(invite, 180, 'Ringing', { tag: 'b' });
  b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
  const dialogB = b.dialogOf(invite, 'b');
  b.take();
  const ok = last(a.take(), 200);
  a.learn(dialogA, ok);
  a.request(dialogA, 'ACK');
  return [dialogA, dialogB];
};

/** The states of all legs, in order of their beginning. */
export const statesOf = ({ control }: SipCallLab): string =>
  [...control.legs.all()].map(({ state }) => state).join(' ');

/** Takes our INVITE within a dialog and answers it. */
export const accept = (phone: SipPhone, body: string) => {
  const invite = last(phone.take(), 'INVITE');
  phone.answer(invite, 100, 'Trying');
  phone.answer(invite, 200, 'OK', { body });
  return invite;
};
