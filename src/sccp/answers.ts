// Frames that are made once and sent often: what every phone is told alike, by version, and what one device is told
// about its own keys and lines, as long as it is configured so. Made when first asked for.

import type { ConfiguredDevice } from '../devices/device.js';
import type { Texts } from './bytes.js';
import { encode, type Fields, type FromServerName } from './catalogue.js';
import type { SccpSettings } from './settings.js';
import { softKeySets, softKeyTemplate } from './soft-keys.js';

/** How a link's messages are written. */
export interface Form {
  readonly version: number;
  readonly texts: Texts;
}

/** The frames of one device in one form; a phone that comes back with another version has them made anew. */
interface OwnFrames extends Form {
  readonly byName: Map<FromServerName, (Buffer | undefined)[]>;
}

const MOST_INSTANCES = 128;
const SHELF_BYTES = 64 * 1024;

export class PreparedAnswers {
  #settings: SccpSettings;
  #shared = new Map<string, Buffer>();
  #own = new WeakMap<ConfiguredDevice, OwnFrames>();
  #shelf = Buffer.alloc(0);
  #shelved = 0;

  constructor(settings: SccpSettings) {
    this.#settings = settings;
  }

  /** From now on; nothing that was made for the old settings is sent again. */
  apply(settings: SccpSettings): void {
    this.#settings = settings;
    this.#shared = new Map();
    this.#own = new WeakMap();
  }

  registerAck(version: number): Buffer {
    const { keepAlive, secondaryKeepAlive, dateTemplate, features } = this.#settings;
    return this.#sharedFrame('RegisterAckMessage', version, () => {
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

  softKeyTemplate(version: number): Buffer {
    return this.#sharedFrame('SoftKeyTemplateResMessage', version, () => softKeyTemplate);
  }

  softKeySets(version: number): Buffer {
    return this.#sharedFrame('SoftKeySetResMessage', version, () => softKeySets);
  }

  /** A message without a body, whose head does not depend on the version. */
  empty(name: 'KeepAliveAckMessage' | 'CapabilitiesReqMessage' | 'RegisterTokenAckMessage'): Buffer {
    return this.#sharedFrame(name, 0, () => ({}));
  }

  /** What `device` is told about its `instance`-th line or key; `make` gives the fields. */
  own<N extends FromServerName>(
    device: ConfiguredDevice,
    form: Form,
    name: N,
    instance: number,
    make: () => Fields<N>,
  ): Buffer {
    if (instance < 0 || instance >= MOST_INSTANCES) return encode(name, make(), form.version, form.texts);
    let own = this.#own.get(device);
    if (own === undefined || own.version !== form.version || own.texts !== form.texts) {
      own = { version: form.version, texts: form.texts, byName: new Map() };
      this.#own.set(device, own);
    }
    let frames = own.byName.get(name);
    if (frames === undefined) {
      frames = [];
      own.byName.set(name, frames);
    }
    let frame = frames[instance];
    if (frame === undefined) {
      frame = this.#keep(encode(name, make(), form.version, form.texts));
      frames[instance] = frame;
    }
    return frame;
  }

  #sharedFrame<N extends FromServerName>(name: N, version: number, make: () => Fields<N>): Buffer {
    const key = `${name} ${version}`;
    let frame = this.#shared.get(key);
    if (frame === undefined) {
      frame = Buffer.from(encode(name, make(), version));
      this.#shared.set(key, frame);
    }
    return frame;
  }

  /** A copy beside others of its kind, so that what is kept for long does not hold on to what has been sent. */
  #keep(frame: Buffer): Buffer {
    if (this.#shelved + frame.length > this.#shelf.length) {
      this.#shelf = Buffer.allocUnsafeSlow(Math.max(SHELF_BYTES, frame.length));
      this.#shelved = 0;
    }
    const kept = this.#shelf.subarray(this.#shelved, this.#shelved + frame.length);
    kept.set(frame);
    this.#shelved += frame.length;
    return kept;
  }
}
