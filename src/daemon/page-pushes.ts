// Pages to Cisco's SIP phones: they are told over HTTP to listen to a group, and to stop (`docs/protocols/calls.md` §3.12).

import type { DeviceName } from '../core/identifiers.js';
import type { DeviceRecord } from '../devices/index.js';
import { multicastPush, multicastStop, type PushRequest } from '../services/push/push-request.js';
import type { PageByPush } from './call-phones.js';

/** What page pushes are built on. */
export interface PagePushesDependencies {
  /** Whether phones know who pushes: without `phones.authentication` they obey nobody. */
  mayPush(): boolean;
  recordOf(device: DeviceName): DeviceRecord | undefined;
  /** How it ended is an event of its own; it never rejects. */
  push(device: DeviceName, request: PushRequest): Promise<unknown>;
}

export class PagePushes {
  readonly #dependencies: PagePushesDependencies;
  /** The push to each device that is under way: the next one waits for it, so that a short page ends. */
  readonly #running = new Map<DeviceName, Promise<unknown>>();

  constructor(dependencies: PagePushesDependencies) {
    this.#dependencies = dependencies;
  }

  /** `false`: it is no Cisco phone of SIP, or nobody may push. It is called for the page then. */
  readonly listen: PageByPush = (device, group, port, isOn) => {
    const { mayPush, recordOf, push } = this.#dependencies;
    const record = recordOf(device);
    const isCisco = record !== undefined && record.configured.model.family !== 'sip';
    if (!mayPush() || !isCisco || record.registration?.protocol !== 'SIP') return false;
    const request = isOn ? multicastPush(group, port) : multicastStop();
    const before = this.#running.get(device) ?? Promise.resolve();
    const pushed = before.then(() => push(device, request));
    this.#running.set(device, pushed);
    void pushed.finally(() => {
      if (this.#running.get(device) === pushed) this.#running.delete(device);
    });
    return true;
  };
}
