// The routes of the page's view of a device: how it is, as it changes, and the file that it would get.

import { peerOf } from '../bounded-server.js';
import { deviceCalled, failure, type Route, unknownDevice, withDevice } from './route.js';

const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };

/** What the page asks about one device. */
export const DEVICE_VIEW_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/devices/:name/changes',
    about: 'everything about a device, now and after each change of it',
    query: {},
    shape: { events: { device: 'DeviceViewJson', missed: 'MissedBatches' } },
    errors: ['query', 'unknown-device', 'too-many-clients'],
    answer: (call, context) => {
      const who = call.req.param('name') ?? '';
      const name = deviceCalled(who, context)?.configured.name ?? context.sources.timelines.unknownPhone(who)?.name;
      if (name === undefined) return unknownDevice(call);
      // Hono answers HEAD with GET's answer and drops the body; this body would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const stream = context.deviceChanges.open(name, peerOf(call.env.incoming.socket).address);
      return stream === undefined
        ? failure(call, 'too-many-clients', 'as many clients look at devices as may')
        : call.body(stream, 200, EVENT_STREAM);
    },
  },
  {
    method: 'GET',
    path: '/api/devices/:name/config.xml',
    about: 'the file with its configuration, as it would get it now; with its passwords',
    query: {},
    isGuarded: true,
    shape: { media: 'text/xml', file: 'SEP001122334455.cnf.xml' },
    errors: ['query', 'token', 'unknown-device', 'not-made'],
    answer: (call, context) =>
      withDevice(call, context, async (record) => {
        const file = await context.sources.insight.configFile(record);
        if (file === undefined) return failure(call, 'not-made', 'its file cannot be made; the trace says why');
        return call.body(new Uint8Array(file.octets), 200, {
          'Content-Type': 'text/xml; charset=utf-8',
          'Content-Disposition': `attachment; filename="${file.name.replace(/[^\w.-]/g, '_')}"`,
        });
      }),
  },
];
