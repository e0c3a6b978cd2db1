// What several views use: the fleet, the place, what is read again and again, and keys.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { FleetStore } from './fleet-store.js';
import { type Place, readPlace } from './routes.js';

/** Draws again after each change of the fleet. The number rises with each. */
export const useFleet = (fleet: FleetStore): number => {
  const [version, setVersion] = useState(0);
  useEffect(() => fleet.listen(() => setVersion((before) => before + 1)), [fleet]);
  return version;
};

/** Where the page is. */
export const usePlace = (): Place => {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const moved = (): void => setPlace(readPlace(location.hash));
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return place;
};

/** What was read last, and what went wrong with the last try. */
export interface Reading<T> {
  readonly value: T | undefined;
  readonly fault: string | undefined;
  /** Reads now. */
  readonly again: () => void;
}

/** Reads again and again while the page is seen and not paused. Another `key` begins anew. */
export const useReading = <T>(
  key: string,
  readNow: (signal: AbortSignal) => Promise<T>,
  every: number,
  isPaused: boolean,
): Reading<T> => {
  const [found, setFound] = useState<{ key: string; value?: T; fault?: string }>({ key });
  const [turn, setTurn] = useState(0);
  const reader = useRef(readNow);
  reader.current = readNow;
  useEffect(() => {
    if (isPaused && turn === 0 && found.key === key && found.value !== undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      try {
        if (!document.hidden) {
          const value = await reader.current(abort.signal);
          if (!abort.signal.aborted) setFound({ key, value });
        }
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        if (!abort.signal.aborted)
          setFound((before) => ({
            key,
            fault,
            ...(before.key === key && 'value' in before ? { value: before.value } : {}),
          }));
      }
      if (!abort.signal.aborted && !isPaused) timer = setTimeout(next, every);
    };
    void next();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, isPaused, turn]);
  const isPresent = found.key === key;
  return {
    value: isPresent ? found.value : undefined,
    fault: isPresent ? found.fault : undefined,
    again: () => setTurn((before) => before + 1),
  };
};

const isTyping = ({ target }: KeyboardEvent): boolean =>
  (target instanceof HTMLInputElement && target.type !== 'checkbox') ||
  target instanceof HTMLSelectElement ||
  target instanceof HTMLTextAreaElement;

/** Handles keys, wherever the focus is, except while somebody types. */
export const useKeys = (keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void => {
  const handlers = useRef(keys);
  handlers.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event) && event.key !== 'Escape') return;
      handlers.current[event.key]?.(event);
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
};
