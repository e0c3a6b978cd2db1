// Frames that are made once and sent often: what phones are told alike, by what it depends on. A phone's own name, lines
// and dials are written as they are asked for, which costs less than keeping them.

import type { WallTime } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { buttonsOf } from './buttons.js';
import type { TextEncoding } from './codec/writer.js';
import type { MessageFields } from './events.js';
import { LocalTime } from './local-time.js';
import { encode, type Fields, type FromServerName } from './messages/catalogue.js';
import type { GroupMember, SccpSettings } from './settings.js';
import { ALL_KEYS, SOFT_KEY_SET, softKeySets, softKeyTemplate } from './tables/soft-keys.js';

/** How a link's messages are written. */
export interface Encoding {
  readonly version: number;
  readonly texts: TextEncoding;
}

/** A whole frame, and what is told of it: its fields, of large tables only how many there are. */
export interface Prepared {
  readonly name: FromServerName;
  readonly frame: Buffer;
  readonly fields: MessageFields;
}

/** Stimulus 15 is the message lamp; lamp mode 1 is off (`sccp.md` §9.5, §9.6). */
const MESSAGE_LAMP_OFF = { stimulus: 0x0f, stimulusInstance: 0, lampMode: 1 } as const;

const SERVERS = 5;
const MOST_KEPT = 4096;

export class PreparedMessages {
  #settings: SccpSettings;
  #localTime: LocalTime;
  readonly #kept = new Map<string, Prepared>();

  constructor(settings: SccpSettings) {
    this.#settings = settings;
    this.#localTime = new LocalTime(settings.timeZone);
  }

  /** From now on; nothing that was made for the old settings is sent again. */
  apply(settings: SccpSettings): void {
    this.#settings = settings;
    this.#localTime = new LocalTime(settings.timeZone);
    this.#kept.clear();
  }

  timeAndDate(now: WallTime): Fields<'DefineTimeDateMessage'> {
    return this.#localTime.timeAndDate(now);
  }

  registerAck(version: number): Prepared {
    return this.#prepared(`ack ${version}`, 'RegisterAckMessage', version, () => {
      const { keepAlive, secondaryKeepAlive, dateTemplate, features } = this.#settings;
      const [features1, features2, features3] = features.findLast(({ from }) => from <= version)?.bytes ?? [0, 0, 0];
      return {
        keepAliveInterval: Math.round(keepAlive / 1000),
        dateTemplate,
        secondaryKeepAliveInterval: Math.round(secondaryKeepAlive / 1000),
        maxProtocolVer: version,
        features1,
        features2,
        features3,
      };
    });
  }

  /** A message without a body, whose head does not depend on the version. */
  empty(name: 'KeepAliveAckMessage' | 'CapabilitiesReqMessage' | 'RegisterTokenAckMessage'): Prepared {
    return this.#prepared(name, name, 0, () => ({}));
  }

  softKeyTemplate(version: number): Prepared {
    return this.#prepared(`soft keys ${version}`, 'SoftKeyTemplateResMessage', version, () => softKeyTemplate);
  }

  softKeySets(version: number): Prepared {
    return this.#prepared(`soft key sets ${version}`, 'SoftKeySetResMessage', version, () => softKeySets);
  }

  /** The keys of a phone that is on its hook. */
  idleKeys(version: number): Prepared {
    return this.#prepared(`idle keys ${version}`, 'SelectSoftKeysMessage', version, () => ({
      lineInstance: 0,
      callReference: 0,
      softKeySetIndex: SOFT_KEY_SET.onHook,
      validKeyMask: ALL_KEYS,
    }));
  }

  /** There is no voicemail: a lamp that another server lit goes out. */
  messageLampOff(version: number): Prepared {
    return this.#prepared(`message lamp ${version}`, 'SetLampMessage', version, () => MESSAGE_LAMP_OFF);
  }

  /** The same for all devices of a model with as many lines, dials and services. */
  buttons(device: ConfiguredDevice, version: number): Prepared {
    const { model, modules, lines, speedDials, serviceUrls } = device;
    let shape = `buttons ${version} ${model.id} ${lines.length} ${serviceUrls.length} `;
    for (const { busyLampField } of speedDials) shape += busyLampField ? 'b' : 's';
    for (const { id } of modules) shape += ` ${id}`;
    return this.#prepared(shape, 'ButtonTemplateResMessage', version, () => {
      const definition = buttonsOf(device);
      const { length } = definition;
      return { buttonOffset: 0, buttonCount: length, totalButtonCount: length, definition };
    });
  }

  /** A line that is not forwarded, as all are. */
  forward(lineNumber: number, version: number): Prepared {
    return this.#prepared(`forward ${version} ${lineNumber}`, 'ForwardStatMessage', version, () => ({
      activeForward: 0,
      lineNumber,
      forwardAllActive: 0,
      forwardAllDirnum: '',
      forwardBusyActive: 0,
      forwardBusyDirnum: '',
      forwardNoAnswerActive: 0,
      forwardNoAnswerDirnum: '',
    }));
  }

  load(versionStr: string, version: number): Prepared {
    return this.#prepared(`load ${version} ${versionStr}`, 'VersionMessage', version, () => ({ versionStr }));
  }

  /** The members of a group, at most five; of an unknown group none. */
  servers(group: string, version: number): Prepared {
    return this.#prepared(`servers ${version} ${group}`, 'ServerResMessage', version, () => {
      const members = this.#settings.groups.get(group) ?? [];
      const slots = <T>(pick: (member: GroupMember) => T, spare: T): T[] =>
        Array.from({ length: SERVERS }, (_, index) => {
          const member = members[index];
          return member === undefined ? spare : pick(member);
        });
      return {
        serverName: slots(({ name }) => name, ''),
        serverTcpListenPort: slots(({ port }) => port, 0),
        serverIpAddr: slots(({ address }) => address, '0.0.0.0'),
      };
    });
  }

  #prepared<N extends FromServerName>(key: string, name: N, version: number, make: () => Fields<N>): Prepared {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const fields = make();
    const prepared = {
      name,
      frame: Buffer.from(encode(name, fields, version)),
      fields: withoutLargeTables(fields as MessageFields),
    };
    // Phones may ask for any number of a line, so that the table must not grow without end.
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(key, prepared);
    return prepared;
  }
}

const LARGE_TABLE = 10;

/** Without tables that are the same for every phone and would fill a page of the trace. */
const withoutLargeTables = (fields: MessageFields): MessageFields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length < LARGE_TABLE));
