// Compares a running daemon with expectations: for `labcm assert`, and at the end of a drill.

import type { ApiClient } from './api-client.js';
import { listedCall } from './call-schemas.js';
import { type DeviceAnswer, listedDevice } from './device-schemas.js';
import type { Expectation, Seen } from './expectations.js';
import type { Result } from './junit.js';

/** The part of a result that the file says. */
export const plainExpectation = ({ device, key, expected }: Expectation) => ({
  subject: device ?? 'counts',
  key,
  expected,
});

/** Asks the daemon once and judges each expectation. Rejects as `ApiClient.ask` does. */
export const judgedDaemon = async (
  api: ApiClient,
  expectations: readonly Expectation[],
): Promise<readonly Result[]> => {
  const seen = await seenBy(api, expectations);
  return expectations.map((one) => {
    const { holds, found } = one.judge(seen);
    return { ...plainExpectation(one), outcome: holds ? 'held' : 'failed', found };
  });
};

const AT_ONCE = 16;

const seenBy = async (api: ApiClient, expectations: readonly Expectation[]): Promise<Seen> => {
  const names = [...new Set(expectations.flatMap(({ device }) => device ?? []))];
  const devices = new Map<string, DeviceAnswer | undefined>();
  for (let from = 0; from < names.length; from += AT_ONCE)
    await Promise.all(
      names.slice(from, from + AT_ONCE).map(async (name) => devices.set(name, await api.deviceIfAny(name))),
    );
  const counted = expectations.some(({ device, needsCalls }) => device === undefined && !needsCalls);
  const withCalls = expectations.some(({ needsCalls }) => needsCalls);
  return {
    device: (name) => devices.get(name),
    devices: counted ? await api.all(listedDevice, '/api/devices', 'devices') : [],
    calls: withCalls ? await api.all(listedCall, '/api/calls', 'calls') : [],
  };
};
