// Pages that Cisco's SIP phones are told of over HTTP.

import { describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { PagePushes } from '../../src/daemon/page-pushes.js';
import type { DeviceRecord } from '../../src/devices/index.js';
import { aDevice } from '../support/devices.js';

const NAME = 'SEP000000000001' as DeviceName;

const made = (model: string, protocol: 'SIP' | 'SCCP', mayPush = true) => {
  const pushed: string[] = [];
  const ends: (() => void)[] = [];
  const record = { configured: aDevice(NAME, { model }), registration: { protocol } } as unknown as DeviceRecord;
  const pages = new PagePushes({
    mayPush: () => mayPush,
    recordOf: () => record,
    push: (_device, request) => {
      pushed.push(...('uris' in request ? request.uris : []));
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  return { pages, pushed, ends };
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a page', () => {
  it('begins and ends at the phone, one push after the other', async () => {
    const { pages, pushed, ends } = made('8851', 'SIP');
    expect(pages.listen(NAME, '239.1.1.1', 20_480, true)).toBe(true);
    expect(pages.listen(NAME, '239.1.1.1', 20_480, false)).toBe(true);
    await settled();
    expect(pushed).toEqual(['RTPMRx:239.1.1.1:20480']);
    ends[0]?.();
    await settled();
    expect(pushed).toEqual(['RTPMRx:239.1.1.1:20480', 'RTPMRx:Stop']);
  });

  it.each([
    ['a phone of SCCP', '7962', 'SCCP', true],
    ['a phone of another maker', 'Third-party SIP Device (Basic)', 'SIP', true],
    ['any phone where nobody may push', '8851', 'SIP', false],
  ] as const)('does not reach %s this way', async (_what, model, protocol, mayPush) => {
    const { pages, pushed } = made(model, protocol, mayPush);
    expect(pages.listen(NAME, '239.1.1.1', 20_480, true)).toBe(false);
    await settled();
    expect(pushed).toEqual([]);
  });
});
