// What a phone says to one call manager over SCCP, and when: from alarm to available lines in the seed's order (`sccp.md`
// §6.2, §7). Pure: frames in, frames out, what happened to its owner. Knows no socket.

import type { Endpoint } from '../../net/ports.js';
import { Framer } from '../../sccp/codec/framer.js';
import type { Texts, Writer } from '../../sccp/codec/writer.js';
import {
  append,
  decode,
  encode,
  type Fields,
  type FromServer,
  type FromServerName,
} from '../../sccp/messages/catalogue.js';
import { MEDIA_PATH_CAPABILITIES, MEDIA_PATHS, ON_OFF } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import type { PhoneIdentity } from '../identity.js';
import type { PhoneCommand, PublishStep } from '../steps.js';
import { BUTTON_QUERIES, type ButtonQuery, HANDLERS } from './handlers.js';
import { OPENING_QUERIES, type PreparedFrames } from './prepared-frames.js';
import { registerFields } from './register.js';

/** What its owner hears. */
export interface SccpOwner {
  /** Accepted: seconds between keepalives, here and on a standby link. */
  onAccepted(keepAlive: number, standbyKeepAlive: number, version: number): void;
  /** Everything that was asked is answered. */
  onComplete(lines: readonly string[]): void;
  onRefused(why: string): void;
  onKeepAliveAck(): void;
  /** `undefined`: granted; else the seconds to wait. */
  onToken(wait: number | undefined): void;
  onCommand(command: PhoneCommand): void;
  onUnregistered(onAccepted: boolean): void;
}

type Stage = 'fresh' | 'registering' | 'asking' | 'registered';

const UTF8 = 0x10; // bit 4 of the second feature byte (`sccp.md` §3)
const LOWEST_VERSION = 3;

export class SccpDialogue {
  readonly #identity: PhoneIdentity;
  readonly #owner: SccpOwner;
  readonly #publish: PublishStep;
  readonly #frames: PreparedFrames;
  readonly #out: Writer;
  readonly #framer = new Framer();
  readonly #texts: Texts;
  readonly #unanswered = new Set<string>();
  readonly #lines = new Map<number, string>();
  #stage: Stage = 'fresh';
  #version = 0;
  #timeRequested = false;

  constructor(identity: PhoneIdentity, owner: SccpOwner, publish: PublishStep, frames: PreparedFrames, out: Writer) {
    this.#identity = identity;
    this.#owner = owner;
    this.#publish = publish;
    this.#frames = frames;
    this.#out = out;
    this.#texts = (identity.sccp.features[1] & UTF8) === 0 ? 'latin1' : 'utf8';
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** What has been asked and not been answered, as a person would say it. */
  get waitingFor(): string {
    if (this.#stage === 'registering') return 'RegisterAck';
    return [...this.#unanswered].join(', ');
  }

  /** `reason`: why the phone was out of service, as a number and words (`sccp.md` §5.1, Alarm). */
  alarm(reason: string): Buffer {
    return encode('AlarmMessage', { alarmSeverity: 2, text: reason, param1: 0, param2: 0 }, 0);
  }

  /** Register and the RTP port right behind it. */
  register(local: Endpoint): Buffer {
    const { sccp } = this.#identity;
    this.#stage = 'registering';
    this.#version = 0;
    this.#unanswered.clear();
    this.#lines.clear();
    this.#timeRequested = false;
    append(this.#out, 'RegisterReqMessage', registerFields(this.#identity, local.address), 0);
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

  keepAlive(): Buffer {
    return this.#frames.keepAlive(this.#version);
  }

  /**
   * Takes octets as they come and returns what to send back, if anything. Throws a ProtocolError where they are no
   * SCCP.
   */
  receive(bytes: Buffer): Buffer | undefined {
    this.#framer.push(bytes);
    for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
      const message = decode(frame.id, frame.body, this.#version, this.#texts);
      if (message.type !== 'Unknown' && message.type !== 'Short') this.#handle(message as FromServer);
    }
    return this.#out.length === 0 ? undefined : this.#out.take();
  }

  #handle<N extends FromServerName>(message: { readonly type: N; readonly fields: Fields<N> }): void {
    const handler = HANDLERS[message.type] as ((dialogue: SccpDialogue, fields: Fields<N>) => void) | undefined;
    handler?.(this, message.fields);
  }

  // What follows is called by the table of reactions alone (`sccp-reactions.ts`).

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

  /** Every key of the template is asked about, then the lines are said to be available. */
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
        append(this.#out, name, { featureIndex: number }, this.#version);
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

  onPrompt(text: string): void {
    this.#publish('phone.prompt', { text: shown(text) });
  }

  onTimeDate(time: Fields<'DefineTimeDateMessage'>): void {
    const two = (value: number): string => String(value).padStart(2, '0');
    const text = `${time.wYear}-${two(time.wMonth)}-${two(time.wDay)} ${two(time.wHour)}:${two(time.wMinute)}`;
    this.#publish('phone.clock', { text });
    this.onAnswer('TimeDateReqMessage');
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
    this.#owner.onComplete([...this.#lines.values()]);
  }

  /** What newer phones say besides; no capture shows where in the order. */
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
