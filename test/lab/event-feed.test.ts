// The event feed of a whole daemon, by its socket: what a program that looks after one phone gets.

import { get } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';

const DESK = 'SEP001122334455';
const WALL = 'SEP001122334466';
const LOBBY = 'SEP001122334477';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({
    devices: [
      { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5001'] },
      { name: WALL, model: '8851', lines: ['5002'] },
      { name: LOBBY, model: '8851', lines: ['5003'] },
    ],
  });
});
afterAll(() => lab.stop());

/** Messages of the feed until one that `isLast`, and the id of that one. */
const listen = async (path: string, isLast: (message: string) => boolean, lastId?: string) => {
  const messages: string[] = [];
  let opened = (): void => {};
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const ended = new Promise<{ readonly messages: readonly string[]; readonly id: string }>((resolve, reject) => {
    const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
    const request = get(lab.url(path), { headers }, (response) => {
      let unread = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        opened();
        const [...whole] = `${unread}${piece}`.split('\n\n');
        unread = whole.pop() ?? '';
        for (const message of whole) {
          messages.push(message);
          if (!isLast(message)) continue;
          request.destroy();
          resolve({ messages: [...messages], id: /^id: (\d+)/.exec(message)?.[1] ?? '' });
          return;
        }
      });
      response.on('error', () => {});
    });
    request.on('error', reject);
  });
  await isOpen;
  return { ended };
};

const ofType = (messages: readonly string[], type: string) =>
  messages.filter((message) => message.includes(`\nevent: ${type}\n`));

it('shows the SIP messages of one phone of several behind one address, and goes on where it was', async () => {
  const wall = await listen(`/api/events?device=${WALL}`, (message) => message.includes('device.unregistered'));
  const phones = [DESK, WALL, LOBBY].map((name) => lab.phone({ name }));
  for (const phone of phones) await phone.registered();
  await phones[2]?.stop();
  await phones[1]?.stop();
  const { messages, id } = await wall.ended;
  const sip = ofType(messages, 'sip.received');
  expect(sip.length).toBeGreaterThan(0);
  expect(messages.filter((message) => message.includes('5003') || message.includes(LOBBY))).toEqual([]);
  expect(ofType(messages, 'http.file').length + ofType(messages, 'tftp.completed').length).toBeGreaterThan(0);
  expect(ofType(messages, 'device.registered')).toHaveLength(1);

  lab.phone({ name: WALL });
  await lab.registered(WALL);
  const back = await listen(
    `/api/events?device=${WALL}&step=registration`,
    (message) => message.includes('device.registered'),
    id,
  );
  const types = (await back.ended).messages.map((message) => /^event: (.*)$/m.exec(message)?.[1]);
  expect(types).toEqual([undefined, 'device.registering', 'device.registered']);
});

it('shows what SCCP says with one phone', async () => {
  const desk = await listen(`/api/events?device=${DESK}&step=sccp`, (message) => message.includes('UnregisterAck'));
  const phone = lab.phone({ name: DESK });
  await phone.registered();
  await phone.stop();
  const { messages } = await desk.ended;
  expect(ofType(messages, 'sccp.received').length).toBeGreaterThan(5);
  expect(messages.slice(1).every((message) => message.includes('\nevent: sccp.'))).toBe(true);
});
