// Phones that call each other over the SCCP service in memory. A phone here keeps what it was told to show, play, receive and
// send, as a real one does, opens the ports that it is asked for, and counts its packets.

import {
  CallControl,
  type CallEvent,
  CallNumbers,
  type CallSettings,
  DEFAULT_CALLS,
  DialPlan,
  type Leg,
} from '../../../src/calls/index.js';
import { DeadlineTimer } from '../../../src/core/deadline-timer.js';
import type { Publisher } from '../../../src/core/event-bus.js';
import { appearanceOf, CallPhones } from '../../../src/daemon/call-phones.js';
import type { ConfiguredDevice } from '../../../src/devices/device.js';
import type { Fields, FromPhoneName } from '../../../src/sccp/messages/catalogue.js';
import type { CallLab, FakePhone } from '../../calls/harness.js';
import { aDevice } from '../../support/devices.js';
import { MemoryKeeper } from '../../support/memory-keeper.js';
import {
  aCapabilitiesRes,
  type ReceivedMessage,
  type SccpHarness,
  type SccpTestPhone,
  sccpHarness,
} from '../../support/sccp-harness.js';

export const VERSIONS = [3, 8, 11, 15, 17, 20, 22] as const;

/** G.711 alone, so that codecs do not distract. */
export const G711: readonly (readonly [number, number])[] = [
  [4, 60],
  [2, 60],
];

export interface PhoneOptions {
  readonly dn: string;
  readonly version?: number;
  readonly codecs?: readonly (readonly [number, number])[];
  readonly device?: Partial<ConfiguredDevice>;
  readonly lines?: readonly string[];
  readonly maxCalls?: number;
  readonly busyTrigger?: number;
}

const nameOf = (index: number): string => `SEP0000000000${(0x10 + index).toString(16).toUpperCase()}`;

/** Fields of what was received, as numbers and texts by name. */
type Numbers = Readonly<Record<string, number>>;

export class CallTestPhone {
  /** Everything that came, and what it made of it. */
  readonly received: ReceivedMessage[] = [];
  readonly lamps = new Map<number, number>();
  readonly callStates = new Map<number, number>();
  readonly tones = new Map<number, number>();
  readonly ringers = new Map<number, number>();
  readonly receiving = new Map<number, number>();
  readonly sending = new Map<number, string>();
  keys: readonly [set: number, mask: number, reference: number] = [0, 0, 0];
  prompt = '';
  speaker = false;
  /** The groups that it listens to, by party. */
  readonly groups = new Map<number, string>();
  /** How it answers OpenReceiveChannel: with a status, or not at all. */
  ack: number | 'silent' = 0;
  answersStatistics = true;
  #port = 16_384;
  #mark = 0;

  constructor(
    readonly name: string,
    readonly dn: string,
    readonly address: string,
    readonly link: SccpTestPhone,
  ) {}

  get version(): number {
    return this.link.version;
  }

  send<N extends FromPhoneName>(name: N, fields: Fields<N>, form?: string): void {
    this.#take(this.link.say(name, fields, form));
  }

  /** Takes what came; whether something did. */
  hear(): boolean {
    const heard = this.link.hear();
    this.#take(heard);
    return heard.length > 0;
  }

  /** What came since the last call of this, by name. */
  fresh(): ReceivedMessage[] {
    const fresh = this.received.slice(this.#mark);
    this.#mark = this.received.length;
    return fresh;
  }

  /** The reference of the newest call that it was told of. */
  get reference(): number {
    return [...this.callStates.keys()].at(-1) ?? 0;
  }

  /** The state of its newest call. */
  get state(): number | undefined {
    return this.callStates.get(this.reference);
  }

  /** Nothing of any call is left on it. */
  get traces() {
    const lit = [...this.lamps].filter(([, mode]) => mode !== 1);
    const ringing = [...this.ringers].filter(([, mode]) => mode !== 1);
    const { tones, receiving, sending, callStates } = this;
    return {
      lit,
      ringing,
      tones: [...tones],
      receiving: [...receiving],
      sending: [...sending],
      calls: [...callStates],
    };
  }

  #take(messages: readonly ReceivedMessage[]): void {
    for (const message of messages) {
      this.received.push(message);
      this.#obey(message.name, message.fields as Numbers, message.fields);
    }
    for (const message of messages) this.#answer(message.name, message.fields as Numbers);
  }

  #obey(name: string, numbers: Numbers, fields: ReceivedMessage['fields']): void {
    const { callReference = 0, passThruPartyId = 0 } = numbers;
    if (name === 'SetLampMessage' && numbers.stimulus === 9)
      this.lamps.set(numbers.stimulusInstance ?? 0, numbers.lampMode ?? 0);
    else if (name === 'SetRingerMessage') {
      if (callReference === 0) this.ringers.clear();
      else this.ringers.set(callReference, numbers.ringMode ?? 0);
    } else if (name === 'StartToneMessage') {
      if (callReference !== 0) this.tones.set(callReference, numbers.tone ?? 0);
    } else if (name === 'StopToneMessage') this.tones.delete(callReference);
    else if (name === 'CallStateMessage') {
      if (numbers.callState === 2) this.callStates.delete(callReference);
      else this.callStates.set(callReference, numbers.callState ?? 0);
    } else if (name === 'SelectSoftKeysMessage')
      this.keys = [numbers.softKeySetIndex ?? 0, numbers.validKeyMask ?? 0, callReference];
    else if (name.startsWith('DisplayPromptStatus')) {
      if (numbers.timeOutValue === 0) this.prompt = String(fields.promptStatus);
    } else if (name === 'SetSpeakerModeMessage') this.speaker = numbers.speakerMode === 1;
    else if (name === 'OpenReceiveChannelMessage') {
      if (this.receiving.size > 0) throw new Error(`${this.name} has a port open already`);
      this.receiving.set(passThruPartyId, 0);
    } else if (name === 'CloseReceiveChannelMessage') this.receiving.delete(passThruPartyId);
    else if (name === 'StartMediaTransmissionMessage') {
      if (this.sending.size > 0) throw new Error(`${this.name} sends already`);
      this.sending.set(passThruPartyId, `${fields.remoteIpAddr}:${numbers.remotePortNumber}`);
    } else if (name === 'StopMediaTransmissionMessage') this.sending.delete(passThruPartyId);
    else if (name === 'StartMulticastMediaReceptionMessage')
      this.groups.set(numbers.passThroughPartyId ?? 0, `${fields.multicastIpAddr}:${numbers.multicastPortNumber}`);
    else if (name === 'StopMulticastMediaReceptionMessage') this.groups.delete(numbers.passThroughPartyId ?? 0);
  }

  #answer(name: string, numbers: Numbers): void {
    if (name === 'StartMulticastMediaReceptionMessage') {
      const { passThroughPartyId = 0, callReference = 0 } = numbers;
      const ack = { multicastReceptionStatus: 0, passThroughPartyId, callReference };
      this.send('MulticastMediaReceptionAckMessage', ack);
    }
    if (name === 'OpenReceiveChannelMessage' && this.ack !== 'silent') {
      const { passThruPartyId = 0, callReference = 0 } = numbers;
      this.#port += 2;
      if (this.ack === 0) this.receiving.set(passThruPartyId, this.#port);
      this.send('OpenReceiveChannelAckMessage', {
        status: this.ack,
        ipAddr: this.address,
        portNumber: this.#port,
        passThruPartyId,
        callReference,
      });
    }
    if (name === 'ConnectionStatisticsReqMessage' && this.answersStatistics)
      this.countPackets(numbers.callReference ?? 0);
  }

  /** Answers ConnectionStatisticsReq. */
  countPackets(callReference: number, numberPacketsReceived = 99): void {
    this.send('ConnectionStatisticsResMessage', {
      directoryNum: this.dn,
      callReference,
      statsProcessingMode: 0,
      numberPacketsSent: 100,
      numberOctetsSent: 17_200,
      numberPacketsReceived,
      numberOctetsReceived: numberPacketsReceived * 172,
      numberPacketsLost: 1,
      jitter: 2,
      latency: 3,
      data: 'MLQK=4.5000',
    });
  }

  // What a user does

  lift(): void {
    this.send('OffHookMessage', this.version >= 11 ? { lineInstance: 0, callReference: 0 } : {});
  }

  hangUp(): void {
    this.speaker = false;
    this.send('OnHookMessage', this.version >= 11 ? { lineInstance: 0, callReference: 0 } : {});
  }

  key(softKeyEvent: number, callReference = 0, lineInstance = callReference === 0 ? 0 : 1): void {
    this.send('SoftKeyEventMessage', { softKeyEvent, lineInstance, callReference });
  }

  button(stimulus: number, stimulusInstance: number): void {
    this.send('StimulusMessage', { stimulus, stimulusInstance });
  }

  digits(digits: string): void {
    for (const digit of digits)
      this.send('KeypadButtonMessage', {
        kpButton: '0123456789ABCD*#+'.indexOf(digit),
        ...(this.version >= 8 ? { lineInstance: 0, callReference: 0 } : {}),
      });
  }
}

export const KEY = {
  redial: 1,
  newCall: 2,
  hold: 3,
  transfer: 4,
  forwardAll: 5,
  backspace: 8,
  endCall: 9,
  resume: 10,
  answer: 11,
  doNotDisturb: 69,
} as const;

export class PhoneLab {
  readonly phones: CallTestPhone[] = [];

  constructor(
    readonly harness: SccpHarness,
    readonly control: CallControl,
    /** Phones of the other protocol. */
    readonly others: FakePhone[],
    /** Ends of labcm's own, by name. */
    readonly services: Map<string, FakePhone>,
  ) {}

  /** For phones of the other protocol: what `FakePhone` asks of its lab. */
  get asLab(): CallLab {
    const { harness, control, others } = this;
    return {
      control,
      phones: others,
      notes: [],
      get now() {
        return harness.clock.now();
      },
    } as unknown as CallLab;
  }

  /** Delivers until nobody says anything more. */
  settle(): void {
    while (this.phones.map((phone) => phone.hear()).includes(true));
  }

  pass(milliseconds: number): void {
    this.harness.clock.advance(milliseconds);
    this.settle();
  }

  events<T extends CallEvent['type']>(type: T): Extract<CallEvent, { type: T }>[] {
    return this.harness.probe.events.filter((event) => event.type === (type as string)) as never;
  }

  get isIdle(): boolean {
    const { calls, legs } = this.control;
    return calls.size === 0 && legs.size === 0 && this.control.nextDeadline() === undefined;
  }
}

/** The first two phones of a lab have a call: the first has called. */
export const connect = (lab: PhoneLab): { readonly a: CallTestPhone; readonly b: CallTestPhone } => {
  const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
  a.lift();
  a.digits(b.dn);
  lab.settle();
  b.lift();
  lab.settle();
  return { a, b };
};

/** What a phone without a call has. */
export const NOTHING = { lit: [], ringing: [], tones: [], receiving: [], sending: [], calls: [] };

/** A lab with these phones, all registered. */
export const phoneLab = async (
  options: readonly PhoneOptions[],
  settings: Partial<CallSettings> = {},
  { voicemail = '', canSet = false }: { readonly voicemail?: string; readonly canSet?: boolean } = {},
): Promise<PhoneLab> => {
  const all = { ...DEFAULT_CALLS, ...settings };
  const devices = options.map(({ dn, lines = [dn], device = {}, maxCalls = 4, busyTrigger = 2 }, index) => {
    const made = aDevice(nameOf(index), { lines });
    return { ...made, lines: made.lines.map((line) => ({ ...line, maxCalls, busyTrigger, voicemail })), ...device };
  });
  const others: FakePhone[] = [];
  const services = new Map<string, FakePhone>();
  let control: CallControl | undefined;
  let phones: CallPhones | undefined;
  const harness = await sccpHarness({
    devices,
    calling: ({ database, clock, probe }) => {
      const known = new CallPhones(database);
      phones = known;
      const directory = {
        has: (dn: string) => known.has(dn) || others.some(({ appearance }) => appearance.dn === dn),
        all: () => [...known.all(), ...others.map(({ appearance }) => appearance.dn)],
      };
      const made = new CallControl({
        settings: all,
        dialPlan: new DialPlan(directory, all),
        phones: {
          appearancesOf: (dn) => [
            ...known.appearancesOf(dn),
            ...others
              .filter(({ appearance }) => appearance.dn === dn)
              .map((phone) => ({ appearance: phone.appearance, supplier: phone })),
          ],
          isShared: (dn) =>
            known.isShared(dn) || (known.has(dn) && others.some(({ appearance }) => appearance.dn === dn)),
          linesOf: (device) => known.linesOf(device),
          firstLineOf: (device) => known.firstLineOf(device),
          listen: (...about) => known.listen(...about),
          featuresOf: (dn) => known.featuresOf(dn),
          hasLine: (device, dn) => known.hasLine(device, dn),
        },
        services: {
          portFor: (service, leg) => services.get(service)?.portFor(leg),
          get canMix() {
            return services.has('conference');
          },
          newRoom: () => ({
            portFor: (leg: Leg) => services.get('conference')?.portFor(leg),
            close: () => {},
          }),
        },
        numbers: new CallNumbers(1, 12 * 3600),
        bus: probe.bus as unknown as Publisher<CallEvent>,
        ...(canSet ? { keeper: new MemoryKeeper(database, () => clock.now()) } : {}),
      });
      const timer = new DeadlineTimer(made, clock);
      made.onEarlierDeadline(() => timer.rearm());
      control = made;
      return { control: made, appearanceOf };
    },
  });
  if (control === undefined || phones === undefined || harness.server.legSupplier === undefined)
    throw new Error('calls are not served');
  phones.serve('SCCP', harness.server.legSupplier);
  const lab = new PhoneLab(harness, control, others, services);
  options.forEach(({ dn, version = 20, codecs = G711, device }, index) => {
    const address = `10.10.210.${20 + index}`;
    const link = harness.phone({ address, port: 3300 });
    const deviceType = device?.model === undefined ? {} : { deviceType: device.model.id };
    link.register(nameOf(index), { protocolVer: version, ...deviceType });
    link.say('CapabilitiesResMessage', aCapabilitiesRes(codecs), 'trimmed');
    link.say('SoftKeySetReqMessage', {});
    link.say('TimeDateReqMessage', {});
    lab.phones.push(new CallTestPhone(nameOf(index), dn, address, link));
  });
  harness.probe.clear();
  return lab;
};
