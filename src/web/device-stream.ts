// The streams of one phone: what is known of it, and its messages.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import type { MessageBatch, MessageJson } from '../http/api/message-shapes.js';
import { devicePath, read } from './api.js';
import { openStream } from './event-stream.js';

/** A phone as it is now, and what is wrong with the connection. */
export interface DeviceNow {
  readonly value?: DeviceViewJson;
  readonly fault?: string;
}

/** Follows a phone. While it is paused, what comes is shown afterwards. */
export const useDevice = (name: string, isPaused: boolean): DeviceNow => {
  const [now, setNow] = useState<DeviceNow>({});
  const latest = useRef<DeviceNow>({});
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    const told = (next: DeviceNow): void => {
      latest.current = next;
      if (!paused.current) setNow(next);
    };
    let isCut = false;
    return openStream(`${devicePath(name)}/changes`, {
      events: {
        device: (value) =>
          told(value === null ? { fault: `no device is called ${name}` } : { value: value as DeviceViewJson }),
      },
      state: (state) => {
        isCut = state === 'cut';
        if (!isCut) return;
        // A stream does not say why it was refused; the device itself does.
        void read(devicePath(name))
          .then(
            () => 'cut off, trying again',
            (error: Error) => error.message,
          )
          .then((fault) => {
            if (isCut) told({ ...latest.current, fault });
          });
      },
    });
  }, [name]);
  useEffect(() => {
    if (!isPaused) setNow(latest.current);
  }, [isPaused]);
  return now;
};

/** So many messages are kept of those that come. */
const MOST_LIVE = 100;

/** A message with its place among all that came. */
export interface LiveMessage {
  readonly id: number;
  readonly message: MessageJson;
}

const withBatch = (before: readonly LiveMessage[], { messages }: MessageBatch): readonly LiveMessage[] => {
  const next = (before[0]?.id ?? 0) + 1;
  const added = messages.map((message, index) => ({ id: next + index, message })).reverse();
  return [...added, ...before].slice(0, MOST_LIVE);
};

/** Follows the messages of a phone while `isWanted`: labcm keeps them for that time. The newest first. */
export const useLiveMessages = (name: string, isWanted: boolean): readonly LiveMessage[] => {
  const [messages, setMessages] = useState<readonly LiveMessage[]>([]);
  useEffect(() => {
    if (!isWanted) return undefined;
    return openStream(`${devicePath(name)}/messages/live`, {
      events: { messages: (batch) => setMessages((before) => withBatch(before, batch as MessageBatch)) },
      state: () => {},
    });
  }, [name, isWanted]);
  return messages;
};
