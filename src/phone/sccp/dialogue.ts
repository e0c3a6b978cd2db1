import type { Endpoint } from '../../net/ports.js';
import { Framer } from '../../sccp/codec/framer.js';
import type { TextEncoding, Writer } from '../../sccp/codec/writer.js';
import {
  append,
  decode,
  encode,
  type Fields,
  type FromServer,
  type FromServerName,
} from '../../sccp/messages/catalogue.js';
import { LAMP_MODES, MEDIA_PATH_CAPABILITIES, MEDIA_PATHS, ON_OFF } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { STIMULI } from '../../sccp/tables/stimuli.js';
import type { CallBook } from '../calls/call-book.js';
import type { PhoneIdentity } from '../identity.js';
import type { Indicators, LampState } from '../indicators.js';
import type { ObeyObject, PhoneCommand, PublishStep } from '../steps.js';
import type { Timers } from '../timers.js';
import { CALL_HANDLERS } from './call-handlers.js';
import { SccpCalls } from './calls.js';
import { BUTTON_QUERIES, type ButtonQuery, HANDLERS } from './handlers.js';
import { OPENING_QUERIES, type PreparedFrames } from './prepared-frames.js';
import { registerFields } from './register.js';

/** The callbacks of a dialogue; an `SccpLink` implements them. */
export interface SccpOwner {
  /** RegisterAck has come. `keepAlive`, `standbyKeepAlive`: seconds between keepalives, here and on a standby link. */
  onAccepted(keepAlive: number, standbyKeepAlive: number, version: number): void;
  /** Every query has its answer: the phone is registered with these numbers. */
  onComplete(lines: readonly string[]): void;
  onRefused(why: string): void;
  onKeepAliveAck(): void;
  /** `wait`: seconds until the next request; `undefined`: the token is granted. */
  onToken(wait: number | undefined): void;
  onCommand(command: PhoneCommand): void;
  /** UnregisterAck has come. `accepted`: the server agrees. */
  onUnregistered(accepted: boolean): void;
}

type Stage = 'fresh' | 'registering' | 'asking' | 'registered';

const UTF8 = 0x10; // bit 4 of the second feature byte (`sccp.md` §3)
const LOWEST_VERSION = 3;
/** Of `sequenceFlag`. */
const LAST_PART = 2;
/** Characters of an object that a phone takes. */
const MOST_PUSHED = 16_384;
/** From this version on loads answer StartMediaTransmission (`docs/protocols/calls.md` §2.7). */
const CONFIRMING = 17;

/** From this version on loads ask for the dynamic form of FeatureStat (`sccp.md` §5.3). */
const DYNAMIC_FEATURES = 15;
/** BLF states by their number (`sccp.md` §9.13). */
const LAMPS: readonly LampState[] = ['unknown', 'idle', 'in use', 'do not disturb', 'ringing'];
/** `subscriptionFeatureId` of a busy lamp, and how long it is asked for, in seconds, as captured from a 7921. */
const BUSY_LAMP = 1;
const SUBSCRIBED_SECONDS = 3_403;

/** What an `SccpDialogue` needs. */
export interface SccpDialogueOptions {
  readonly identity: PhoneIdentity;
  readonly owner: SccpOwner;
  readonly publish: PublishStep;
  readonly frames: PreparedFrames;
  /** The buffer for frames, which all phones share. */
  readonly out: Writer;
  /** Its lamps; absent: nobody looks. */
  readonly indicators?: Indicators | undefined;
  /** The numbers that it watches without a key for them, as a call list does. */
  readonly watched?: readonly string[] | undefined;
  /** The phone's calls; `undefined`: it takes none and makes none. */
  readonly calls?: { readonly book: CallBook; readonly timers: Timers; readonly send: (bytes: Buffer) => void };
  /** Obeys an object that is pushed, and sends octets at any time; absent: the phone answers no pushes. */
  readonly pushes?: { readonly obey: ObeyObject; readonly send: (bytes: Buffer) => void };
}

/**
 * What an SCCP phone says to one call manager, from its alarm to its available lines in the order of the captures
 * (`sccp.md` §6.2, §7). Octets go in, octets come out, and the owner is called back; it opens no socket.
 */
export class SccpDialogue {
  readonly #identity: PhoneIdentity;
  readonly #owner: SccpOwner;
  readonly #publish: PublishStep;
  readonly #frames: PreparedFrames;
  readonly #out: Writer;
  readonly #framer = new Framer();
  readonly #texts: TextEncoding;
  readonly #unanswered = new Set<string>();
  readonly #lines = new Map<number, string>();
  readonly #callOptions: SccpDialogueOptions['calls'];
  readonly #pushes: SccpDialogueOptions['pushes'];
  /** The parts of an object so far. */
  #pushed = '';
  readonly #indicators: Indicators | undefined;
  readonly #watched: readonly string[];
  #calls: SccpCalls | undefined;
  #stage: Stage = 'fresh';
  #version = 0;
  #timeRequested = false;

  constructor(options: SccpDialogueOptions) {
    const { identity, owner, publish, frames, out, indicators, watched = [], calls, pushes } = options;
    this.#indicators = indicators;
    this.#watched = watched;
    this.#identity = identity;
    this.#owner = owner;
    this.#publish = publish;
    this.#frames = frames;
    this.#out = out;
    this.#callOptions = calls;
    this.#pushes = pushes;
    this.#texts = (identity.sccp.features[1] & UTF8) === 0 ? 'latin1' : 'utf8';
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The messages that have no answer yet, as a text for people; empty: none. */
  get waitingFor(): string {
    if (this.#stage === 'registering') return 'RegisterAck';
    return [...this.#unanswered].join(', ');
  }

  /** The Alarm. `reason`: why the phone was out of service, number and text (`sccp.md` §5.1, Alarm). */
  alarm(reason: string): Buffer {
    return encode('AlarmMessage', { alarmSeverity: 2, text: reason, param1: 0, param2: 0 }, 0);
  }

  /** Register and, right after it, IpPort. Begins anew. */
  register(local: Endpoint): Buffer {
    const { sccp } = this.#identity;
    this.#stage = 'registering';
    this.#version = 0;
    this.#unanswered.clear();
    this.#lines.clear();
    this.#timeRequested = false;
    this.end();
    const book = this.#callOptions?.book;
    const streams = book?.calls.filter((call) => call.local !== undefined).length;
    append(this.#out, 'RegisterReqMessage', registerFields(this.#identity, local.address, streams), 0);
    this.#calls = this.#newCalls(local.address);
    append(this.#out, 'IpPortMessage', { rtpMediaPort: sccp.rtpPort }, 0);
    return this.#out.take();
  }

  requestToken(local: Endpoint): Buffer {
    const { name, model, sccp } = this.#identity;
    const fields = {
      deviceName: name,
      stationUserId: 0,
      stationInstance: sccp.instance,
      stationIpAddr: local.address,
      deviceType: model.id,
    };
    return encode('RegisterTokenReqMessage', fields, 0);
  }

  unregister(): Buffer {
    return encode('UnregisterReqMessage', {}, this.#version);
  }

  /** The link or the registration has ended: calls do not go over it any more. */
  end(): void {
    if (this.#calls === undefined) return;
    this.#callOptions?.book.detach(this.#calls);
    this.#calls.end();
    this.#calls = undefined;
  }

  keepAlive(): Buffer {
    return this.#frames.keepAlive(this.#version);
  }

  /** Takes octets as they come and returns what to send, if anything. Throws a `ProtocolError` if they are not SCCP. */
  receive(bytes: Buffer): Buffer | undefined {
    this.#framer.push(bytes);
    for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
      const message = decode(frame.id, frame.body, this.#version, this.#texts);
      if (message.type !== 'Unknown' && message.type !== 'Short') this.#handle(message as FromServer);
    }
    this.#calls?.settle();
    return this.#out.length === 0 ? undefined : this.#out.take();
  }

  #handle<N extends FromServerName>(message: { readonly type: N; readonly fields: Fields<N> }): void {
    const handler = HANDLERS[message.type] as ((dialogue: SccpDialogue, fields: Fields<N>) => void) | undefined;
    handler?.(this, message.fields);
    if (this.#calls === undefined) return;
    const callHandler = CALL_HANDLERS[message.type] as ((calls: SccpCalls, fields: Fields<N>) => void) | undefined;
    callHandler?.(this.#calls, message.fields);
  }

  // Only `HANDLERS` calls what follows.

  onRegisterAck(ack: Fields<'RegisterAckMessage'>): void {
    if (this.#stage !== 'registering') return;
    this.#stage = 'asking';
    this.#version = ack.maxProtocolVer ?? LOWEST_VERSION;
    this.#owner.onAccepted(
      ack.keepAliveInterval,
      ack.secondaryKeepAliveInterval ?? ack.keepAliveInterval,
      this.#version,
    );
  }

  onRegisterReject(why: string): void {
    this.#stage = 'fresh';
    this.#owner.onRefused(why);
  }

  sendOpeningQueries(): void {
    if (this.#stage !== 'asking') return;
    for (const query of OPENING_QUERIES) this.#unanswered.add(query);
    this.#append(this.#frames.opening(this.#identity.sccp, this.#version));
  }

  /** Sends the queries for each button of the template, then the number of available lines. */
  onButtonTemplate(template: Fields<'ButtonTemplateResMessage'>): void {
    this.#answered('ButtonTemplateReqMessage');
    for (const { buttonDefinition, instanceNumber } of template.definition.slice(0, template.buttonCount))
      BUTTON_QUERIES[buttonDefinition]?.(this, instanceNumber);
    append(
      this.#out,
      'RegisterAvailableLinesMessage',
      { maxNumOfAvailLines: this.#identity.sccp.availableLines },
      this.#version,
    );
    this.#proceed();
  }

  query(name: ButtonQuery, number: number): void {
    this.#unanswered.add(`${name} ${number}`);
    switch (name) {
      case 'LineStatReqMessage':
      case 'ForwardStatReqMessage':
        append(this.#out, name, { lineNumber: number }, this.#version);
        break;
      case 'SpeedDialStatReqMessage':
        append(this.#out, name, { speedDialNumber: number }, this.#version);
        break;
      case 'ServiceURLStatReqMessage':
        append(this.#out, name, { serviceURLIndex: number }, this.#version);
        break;
      default:
        append(
          this.#out,
          name,
          { featureIndex: number, ...(this.#version >= DYNAMIC_FEATURES ? { featureCapabilities: 1 } : {}) },
          this.#version,
        );
    }
  }

  onAnswer(query: string): void {
    this.#answered(query);
    this.#proceed();
  }

  onLine(number: number, dn: string, label: string): void {
    this.#lines.set(number, dn);
    this.#publish('phone.line', { number, dn: shown(dn), label: shown(label) });
    this.onAnswer(`LineStatReqMessage ${number}`);
  }

  /** A feature without a text is none that the phone has. */
  onFeature({ featureIndex, featureTextLabel, featureStatus }: Fields<'FeatureStatMessage'>): void {
    const label = shown(featureTextLabel);
    if (label !== '') this.#indicators?.showLamp(label, LAMPS[featureStatus] ?? 'unknown');
    this.onAnswer(`FeatureStatReqMessage ${featureIndex}`);
  }

  onNotification(transaction: number, status: number): void {
    const number = this.#watched[transaction - 1];
    if (number !== undefined) this.#indicators?.showLamp(number, LAMPS[status] ?? 'unknown');
  }

  onLamp({ stimulus, stimulusInstance, lampMode }: Fields<'SetLampMessage'>): void {
    if (stimulus !== STIMULI.VoiceMail) return;
    const line = stimulusInstance === 0 ? '' : (this.#lines.get(stimulusInstance) ?? String(stimulusInstance));
    this.#indicators?.showMessages(line, { waiting: lampMode !== LAMP_MODES.Off });
  }

  onPrompt(text: string): void {
    this.#publish('phone.prompt', { text: shown(text) });
  }

  onTimeDate(time: Fields<'DefineTimeDateMessage'>): void {
    const two = (value: number): string => String(value).padStart(2, '0');
    const text = `${time.wYear}-${two(time.wMonth)}-${two(time.wDay)} ${two(time.wHour)}:${two(time.wMinute)}`;
    this.#publish('phone.clock', { text });
    this.onAnswer('TimeDateReqMessage');
  }

  /** A part of an object. The last one has the phone obey it and answer. */
  onUserData({ userToDeviceDataVersion1: part }: Fields<'UserToDeviceDataVersion1Message'>): void {
    const { dataLength: _length, sequenceFlag, xmlData, ...numbers } = part;
    this.#pushed = (this.#pushed + xmlData).slice(0, MOST_PUSHED);
    if (this.#pushes === undefined || sequenceFlag !== LAST_PART) return;
    const object = this.#pushed;
    this.#pushed = '';
    const { obey, send } = this.#pushes;
    void obey(object).then((answer) => {
      const deviceToUserDataVersion1 = { ...numbers, sequenceFlag, xmlData: answer };
      const name = 'DeviceToUserDataResponseVersion1Message';
      send(encode(name, { deviceToUserDataVersion1 }, this.#version, this.#texts));
    });
  }

  get owner(): SccpOwner {
    return this.#owner;
  }

  #answered(query: string): void {
    this.#unanswered.delete(query);
  }

  #proceed(): void {
    if (this.#stage !== 'asking' || this.#unanswered.size > 0) return;
    if (!this.#timeRequested) {
      this.#timeRequested = true;
      this.#unanswered.add('TimeDateReqMessage');
      append(this.#out, 'TimeDateReqMessage', {}, this.#version);
      if (this.#identity.sccp.queriesMore) this.#queryMore();
      return;
    }
    this.#stage = 'registered';
    this.#watched.forEach((subscriptionId, index) => {
      const request = { transactionId: index + 1, subscriptionFeatureId: BUSY_LAMP, timer: SUBSCRIBED_SECONDS };
      append(this.#out, 'SubscriptionStatReqMessage', { ...request, subscriptionId }, this.#version);
    });
    if (this.#calls !== undefined) this.#callOptions?.book.attach(this.#calls);
    this.#owner.onComplete([...this.#lines.values()]);
  }

  #newCalls(address: string): SccpCalls | undefined {
    if (this.#callOptions === undefined) return undefined;
    const { book, timers, send } = this.#callOptions;
    return new SccpCalls({
      ...{ book, timers, address, confirmsTransmission: this.#identity.sccp.version >= CONFIRMING },
      send: (name, fields) => send(encode(name, fields, this.#version, this.#texts)),
    });
  }

  /** Sends what newer phones send in addition; no capture shows its place in the order. */
  #queryMore(): void {
    this.#unanswered.add('VersionReqMessage');
    this.#unanswered.add('ServerReqMessage');
    append(this.#out, 'HeadsetStatusMessage', { headsetStatus: ON_OFF.Off }, this.#version);
    const handsfree = { mediaPathId: MEDIA_PATHS.Speaker, mediaPathCapabilities: MEDIA_PATH_CAPABILITIES.Enable };
    append(this.#out, 'MediaPathCapabilityMessage', handsfree, this.#version);
    append(this.#out, 'VersionReqMessage', {}, this.#version);
    append(this.#out, 'ServerReqMessage', {}, this.#version);
  }

  #append(bytes: Buffer): void {
    this.#out.reserve(bytes.length);
    bytes.copy(this.#out.bytes, this.#out.at);
    this.#out.at += bytes.length;
  }
}
