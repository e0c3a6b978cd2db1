// The JSON of pushes. What holds for `shapes.ts` holds here.

/** `POST /api/devices/{name}/push`: how the phone answered. */
export interface PushJson {
  readonly device: string;
  /** Where it was pushed to. */
  readonly address: string;
  /** `SCCP` and `SIP`: the phone has no web server, so it went through its signalling. */
  readonly transport: 'HTTP' | 'SCCP' | 'SIP';
  /**
   * `done`; else why not: `failed`, `error` (the phone said so), `unauthorized`, `no-web-server`, `refused`, `late`,
   * `odd-answer`.
   */
  readonly outcome: string;
  /** The phone's answer, in one sentence. */
  readonly answer: string;
  readonly milliseconds: number;
}
