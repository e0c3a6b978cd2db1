import type { WallTime } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { buttonsOf } from './buttons.js';
import type { TextEncoding } from './codec/writer.js';
import type { MessageFields } from './events.js';
import { LocalTime } from './local-time.js';
import { encode, type Fields, type FromServerName } from './messages/catalogue.js';
import type { GroupMember, SccpSettings } from './settings.js';
import { SOFT_KEY_SET, softKeySets, softKeyTemplate } from './tables/soft-keys.js';

/** How a link's messages are written. */
export interface Encoding {
  readonly version: number;
  readonly texts: TextEncoding;
}

/** A whole frame, and its fields as its event shows them: without large tables. */
export interface Prepared {
  readonly name: FromServerName;
  readonly frame: Buffer;
  readonly fields: MessageFields;
}

/** Stimulus 15 is the message lamp; lamp mode 1 is off (`sccp.md` §9.5, §9.6). */
const MESSAGE_LAMP_OFF = { stimulus: 0x0f, stimulusInstance: 0, lampMode: 1 } as const;

const SERVERS = 5;
const MOST_KEPT = 4096;

/**
 * Frames that are encoded once and sent to many phones, by what their content depends on. A phone's name, lines and
 * dials are encoded at each request, which costs less than keeping them.
 *
 * @hot Text keys made of all that a frame depends on: encoding a template again for each phone costs more.
 */
export class PreparedMessages {
  #settings: SccpSettings;
  #localTime: LocalTime;
  readonly #kept = new Map<string, Prepared>();

  constructor(settings: SccpSettings) {
    this.#settings = settings;
    this.#localTime = new LocalTime(settings.timeZone);
  }

  /** Takes other settings, and drops all frames that were made for the old ones. */
  apply(settings: SccpSettings): void {
    this.#settings = settings;
    this.#localTime = new LocalTime(settings.timeZone);
    this.#kept.clear();
  }

  /** The fields of the message that sets a phone's clock; not prepared. */
  timeAndDate(now: WallTime): Fields<'DefineTimeDateMessage'> {
    return this.#localTime.timeAndDate(now);
  }

  /** The acceptance of a Register. */
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

  /** A message without a body, whose header does not depend on the version. */
  empty(name: 'KeepAliveAckMessage' | 'CapabilitiesReqMessage' | 'RegisterTokenAckMessage'): Prepared {
    return this.#prepared(name, name, 0, () => ({}));
  }

  softKeyTemplate(version: number): Prepared {
    return this.#prepared(`soft keys ${version}`, 'SoftKeyTemplateResMessage', version, () => softKeyTemplate);
  }

  softKeySets(version: number): Prepared {
    return this.#prepared(`soft key sets ${version}`, 'SoftKeySetResMessage', version, () => softKeySets);
  }

  /** The keys of a phone that is on hook. `mask`: those of them that are served. */
  idleKeys(version: number, mask: number): Prepared {
    return this.#prepared(`idle keys ${version} ${mask}`, 'SelectSoftKeysMessage', version, () => ({
      lineInstance: 0,
      callReference: 0,
      softKeySetIndex: SOFT_KEY_SET.onHook,
      validKeyMask: mask,
    }));
  }

  /** Switches off a message lamp that another server may have switched on. */
  messageLampOff(version: number): Prepared {
    return this.#prepared(`message lamp ${version}`, 'SetLampMessage', version, () => MESSAGE_LAMP_OFF);
  }

  /** The button template: the same for all devices of a model with as many lines, dials and services. */
  buttons(device: ConfiguredDevice, version: number): Prepared {
    const { model, modules, lines, speedDials, serviceUrls } = device;
    let shape = `buttons ${version} ${model.id} ${lines.length} ${serviceUrls.length} `;
    for (const { busyLampField, intercom } of speedDials) shape += intercom === true ? 'i' : busyLampField ? 'b' : 's';
    for (const { id } of modules) shape += ` ${id}`;
    return this.#prepared(shape, 'ButtonTemplateResMessage', version, () => {
      const definition = buttonsOf(device);
      const { length } = definition;
      return { buttonOffset: 0, buttonCount: length, totalButtonCount: length, definition };
    });
  }

  /** The forwarding of a line: none. */
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

  /** The load that a phone should run; '': keep the present one. */
  load(versionStr: string, version: number): Prepared {
    return this.#prepared(`load ${version} ${versionStr}`, 'VersionMessage', version, () => ({ versionStr }));
  }

  /** The call managers of a group, at most five; none if the group is unknown. */
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
    // A phone may request any line number, so the table must be bounded.
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(key, prepared);
    return prepared;
  }
}

const LARGE_TABLE = 10;

/** Leaves out tables that are the same for every phone and would fill a page of the trace. */
const withoutLargeTables = (fields: MessageFields): MessageFields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length < LARGE_TABLE));
