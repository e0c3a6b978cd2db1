import { describe, expect, it } from 'vitest';
import { parseReason, readAlarm } from '../../src/sip/cisco/alarm.js';
import { acceptedOptions, readOffer } from '../../src/sip/cisco/remotecc.js';
import { bodyParts } from '../../src/sip/message/multipart.js';
import { parseMessage } from '../../src/sip/message/parser.js';

const withBody = (type: string, body: string) => {
  const message = parseMessage(
    Buffer.from(
      `REGISTER sip:s SIP/2.0\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  if (message === undefined) throw new Error('no message');
  return message;
};

const OPTIONS = `<?xml version="1.0" encoding="UTF-8"?>
<x-cisco-remotecc-request>
<optionsind>
<combine max="6"><remotecc><status></status></remotecc><service-control></service-control></combine>
<dialog usage="hook status"><unot></unot><sub></sub></dialog>
<joinreq></joinreq>
<coaching></coaching>
</optionsind>
</x-cisco-remotecc-request>
`;
const BULK =
  '<x-cisco-remotecc-request><bulkregisterreq><contact all="true"><register></register></contact></bulkregisterreq></x-cisco-remotecc-request>';
const part = (text: string): string =>
  `--b\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\nContent-Disposition: session;handling=optional\r\n\r\n${text}\r\n`;

describe('the offer of a phone', () => {
  it('is read from both parts', () => {
    const offer = readOffer(withBody('multipart/mixed; boundary="b"', `${part(BULK)}${part(OPTIONS)}--b--\r\n`));
    expect(offer.bulk).toBe(true);
    expect(offer.options === undefined ? '' : acceptedOptions(offer.options)).toBe(
      '<x-cisco-remotecc-response>\n<response>\n<code>200</code>\n<optionsind>\n<combine max="6">\n<remotecc><status/></remotecc>\n<service-control/>\n</combine>\n<dialog usage="hook status"><unot/></dialog>\n<joinreq></joinreq>\n</optionsind>\n</response>\n</x-cisco-remotecc-response>\n\r\n',
    );
  });

  it('is read from a single body', () => {
    expect(readOffer(withBody('application/x-cisco-remotecc-request+xml', BULK)).bulk).toBe(true);
  });

  it.each([
    ['no boundary', 'multipart/mixed', part(BULK)],
    ['another type', 'text/plain', BULK],
    ['a boundary that never comes', 'multipart/mixed;boundary=c', part(BULK)],
    ['broken XML', 'application/x-cisco-remotecc-request+xml', '<x-cisco'],
    ['one contact only', 'application/x-cisco-remotecc-request+xml', BULK.replace('all="true"', 'line="1"')],
  ])('with %s is none, and no failure', (_case, type, body) => {
    expect(readOffer(withBody(type, body))).toEqual({ bulk: false, options: undefined });
  });

  it('parts are bounded and binary', () => {
    const bytes = bodyParts(withBody('multipart/mixed;boundary=b', `${part('x').repeat(50)}--b--`));
    expect(bytes).toHaveLength(8);
  });
});

describe('a cisco-alarm', () => {
  it.each([
    [
      'SIP;cause=200;text="cisco-alarm:12 Name=SEP005056A1033D Load=CIPC-7-0-1-0 Last=cm-reset-tcp"',
      { number: 12, name: 'SEP005056A1033D', load: 'CIPC-7-0-1-0', inactiveLoad: '', last: 'cm-reset-tcp' },
    ],
    [
      'SIP ;cause=200;text="cisco-alarm:25 Name=SEPE8 ActiveLoad=a.loads InactiveLoad=b.loads Last=initialized"',
      { number: 25, name: 'SEPE8', load: 'a', inactiveLoad: 'b', last: 'initialized' },
    ],
  ])('%s', (text, alarm) => expect(parseReason(text)).toEqual(alarm));

  it('is cut where a word of it has no end', () => {
    const alarm = parseReason(
      `SIP;cause=200;text="cisco-alarm:25 Name=SEPE8 Load=${'x'.repeat(8_000)} Last=initialized"`,
    );
    expect(alarm).toMatchObject({ load: 'x'.repeat(128), last: 'initialized' });
  });

  it.each(['Q.850;cause=16', 'SIP;text="hello"', ''])('%s is none', (text) =>
    expect(parseReason(text)).toBeUndefined(),
  );
});

describe('an alarm document', () => {
  const document =
    '<?xml version="1.0"?>\n<x-cisco-alarm>\n<Alarm Name="DeviceTLInfo">\n<ParameterList>\n<String name="DeviceName">SEPC80084AA8743</String>\n<Enum name="StatusCode">3</Enum>\n</ParameterList>\n</Alarm>\n</x-cisco-alarm>';
  it('gives its name and values, also without its last octet', () => {
    for (const text of [document, document.slice(0, -1)])
      expect(readAlarm(Buffer.from(text))).toEqual({
        name: 'DeviceTLInfo',
        values: new Map([
          ['DeviceName', 'SEPC80084AA8743'],
          ['StatusCode', '3'],
        ]),
      });
  });

  it('keeps no name or value without end', () => {
    const long = 'x'.repeat(8_000);
    const text = `<Alarm Name="${long.slice(0, 700)}"><String name="${long}">1</String><String name="a">${long.slice(0, 500)}</String></Alarm>`;
    expect(readAlarm(Buffer.from(text))).toEqual({ name: 'x'.repeat(256), values: new Map([['a', 'x'.repeat(256)]]) });
  });

  it.each(['', 'text', '<x-cisco-alarm/>', '<Alarm/>'])('%j is none', (text) =>
    expect(readAlarm(Buffer.from(text))).toBeUndefined(),
  );
});
