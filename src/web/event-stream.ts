// A stream of server-sent events that comes back by itself.

/** `live`: events come. `cut`: the connection is gone, and is being tried again. */
export type StreamState = 'connecting' | 'live' | 'cut';

const TRY_AGAIN = 2_000; // milliseconds
/** A page that nobody sees for so long lets go of its stream: a browser has six connections for all its pages of labcm. */
const UNSEEN_FOR = 5_000; // milliseconds

/** What is done with a stream. */
export interface StreamUse {
  readonly events: Readonly<Record<string, (data: unknown) => void>>;
  readonly opened?: () => void;
  readonly state: (state: StreamState) => void;
}

/** Opens a stream, which is open while the page is seen. Returns the function that ends it. */
export const openStream = (path: string, { events, opened, state }: StreamUse): (() => void) => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const open = (): void => {
    const opening = new EventSource(path);
    source = opening;
    opening.onopen = () => {
      state('live');
      opened?.();
    };
    opening.onerror = () => {
      state('cut');
      // The browser tries again by itself, unless it was refused.
      if (opening.readyState !== EventSource.CLOSED || source !== opening) return;
      clearTimeout(timer);
      timer = setTimeout(open, TRY_AGAIN);
    };
    for (const [name, handle] of Object.entries(events))
      opening.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data)));
  };
  const look = (): void => {
    if (document.hidden) {
      clearTimeout(timer);
      timer = setTimeout(close, UNSEEN_FOR);
    } else if (source === undefined || source.readyState === EventSource.CLOSED) {
      clearTimeout(timer);
      open();
    } else clearTimeout(timer);
  };
  document.addEventListener('visibilitychange', look);
  open();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
};
