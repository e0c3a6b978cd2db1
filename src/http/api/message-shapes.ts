// The JSON of decoded messages. What holds for `shapes.ts` holds here.

import type { ApiMessage } from './message-ports.js';

/** A message that labcm received or sent. Passwords and digest responses in it are `x`. */
export type MessageJson = ApiMessage;

/** `GET /api/devices/{name}/messages`, the oldest first. */
export interface DeviceMessagesJson {
  readonly device: string;
  /** The newest 200 that the query leaves. */
  readonly messages: readonly MessageJson[];
  /** How many older ones it leaves besides. */
  readonly leftOut: number;
}

/** The event `messages` of `GET /api/devices/{name}/messages/live`. */
export interface MessageBatch {
  /** In the order in which they came. */
  readonly messages: readonly MessageJson[];
}
