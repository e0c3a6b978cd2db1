import { describe, expect, it } from 'vitest';
import { parseSipUri, type SipUri, sameUri, uriParameter, userNumberOf } from '../../src/sip/message/uri.js';

const uri = (text: string): SipUri => {
  const parsed = parseSipUri(text);
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return parsed;
};

describe('a SIP URI', () => {
  it.each([
    ['sip:10.10.210.10', { user: undefined, host: '10.10.210.10', port: undefined }],
    ['sip:9a9a-b@10.10.210.200:3311;transport=tcp', { user: '9a9a-b', host: '10.10.210.200', port: 3311 }],
    ['sip:user;par=u%40example.net@example.com', { user: 'user;par=u%40example.net', host: 'example.com' }],
    ['sip:sips%3Auser%40example.com@example.net', { user: 'sips%3Auser%40example.com', host: 'example.net' }],
    ['SIPS:a@[2001:db8::1]:5061', { scheme: 'sips', host: '[2001:db8::1]', port: 5061 }],
    [
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
      { user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", host: 'example.com' },
    ],
    [
      'sip:user@example.com?Route=%3Csip:sip.example.com%3E',
      { user: 'user', host: 'example.com', headers: 'Route=%3Csip:sip.example.com%3E' },
    ],
  ])('%s', (text, parts) => expect(uri(text)).toMatchObject(parts));

  it.each([
    ['nobodyKnowsThisScheme:totallyopaque', 'scheme'],
    ['soap.beep://192.0.2.103:3002', 'scheme'],
    ['tel:+123', 'scheme'],
    ['sip:', 'syntax'],
    ['sip:a b@c', 'syntax'],
    ['sip:a@b;;x', 'syntax'],
    ['sip:a%zz@b', 'syntax'],
    ['sip:a@b:0', 'syntax'],
    ['sip:a@b:70000', 'syntax'],
    ['sip:@b', 'syntax'],
    ['5005', 'syntax'],
    ['<sip:a@b>', 'syntax'],
  ])('%s is none: %s', (text, fault) => expect(parseSipUri(text)).toBe(fault));

  it('gives its parameters by name', () => {
    expect(uriParameter(uri('sip:a@b;Transport=TCP;lr'), 'transport')).toBe('TCP');
    expect(uriParameter(uri('sip:a@b;lr'), 'lr')).toBe('');
    expect(uriParameter(uri('sip:a@b'), 'lr')).toBeUndefined();
  });
});

describe('the number that the user of a URI is', () => {
  it.each([
    ['sip:1001@a', '1001'],
    ['sip:+4930500@a', '+4930500'],
    ['sip:%2b4930500;phone-context=x@a', '+4930500'],
    ['sip:%31001@a', '1001'],
    ['sip:*411%23@a', '*411#'],
    ['sip:10%3B01;x=%3b@a', '10;01'],
    ['sip:1001:secret@a', '1001'],
    ['sip:%2523@a', '%23'], // unescaped once
    ['sip:T%C3%BCr@a', 'Tür'],
    ['sip:1%0D%0A2@a', '1\r\n2'],
    ['sip:a', ''],
    ['sip:1%zz@a', ''],
    ['tel:1001', ''],
    ['', ''],
  ])('%j: %j', (text, number) => expect(userNumberOf(text)).toBe(number));

  it('is none where there is no URI', () => expect(userNumberOf(undefined)).toBe(''));
});

describe('the comparison of RFC 3261 §19.1.4', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
  ])('%s equals %s', (one, other) => {
    expect(sameUri(uri(one), uri(other))).toBe(true);
    expect(sameUri(uri(other), uri(one))).toBe(true);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com'],
  ])('%s differs from %s', (one, other) => {
    expect(sameUri(uri(one), uri(other))).toBe(false);
    expect(sameUri(uri(other), uri(one))).toBe(false);
  });
});
