// What the API hands to the daemon when somebody pushes something to a phone, and what comes back.

/** Something to push: a text to show, or URIs to obey. Priority 0: at once, 1: when it is idle, 2: only if it is idle. */
export type ApiPush =
  | { readonly text: string; readonly title: string }
  | { readonly uris: readonly string[]; readonly priority: 0 | 1 | 2 };

/** How a push ended, or why nothing was pushed. */
export type ApiPushResult =
  | {
      readonly device: string;
      readonly address: string;
      readonly transport: 'HTTP' | 'SCCP' | 'SIP';
      readonly outcome: string;
      /** The phone's answer in words. */
      readonly answer: string;
      readonly milliseconds: number;
    }
  | { readonly refused: 'unknown-device' | 'not-registered' | 'too-many-pushes' }
  /** The phone is registered with that node, which did not answer. */
  | { readonly refused: 'node-silent'; readonly node: string }
  | { readonly refused: 'faults'; readonly key: string; readonly found: string; readonly wanted: string };

/** Pushes to the phone of a device. Never rejects. */
export type PushToPhone = (device: string, push: ApiPush) => Promise<ApiPushResult>;
