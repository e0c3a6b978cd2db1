import { describe, expect, it } from 'vitest';
import { answerTarget, isUnicast, parseVia, responseVia, sentByOf, type Via } from '../../src/sip/message/via.js';

const via = (text: string): Via => {
  const parsed = parseVia(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const SOURCE = { address: '192.168.1.130', port: 51098 };

describe('a Via', () => {
  it('may be spread over blanks', () => {
    const spread = via('SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8  , SIP/2.0/UDP x');
    expect(spread).toMatchObject({ transport: 'TCP', branch: 'z9hG4bK9ikj8' });
    expect(sentByOf(spread)).toBe('spindle.example.com');
  });

  it.each(['SIP/2.0/UDP 192.0.2.15;;,;,,', 'SIP/2.0/UDP', 'UDP 1.2.3.4', 'SIP/2.0/UDP :5060;branch=x', ''])(
    '%s is none',
    (text) => expect(parseVia(text)).toBeUndefined(),
  );
});

describe('the echoed Via', () => {
  it.each([
    [
      'its own address: unchanged',
      'SIP/2.0/UDP 192.168.1.130:5060;branch=z9hG4bK1',
      'SIP/2.0/UDP 192.168.1.130:5060;branch=z9hG4bK1',
    ],
    [
      'another address: received',
      'SIP/2.0/TCP 192.168.0.105:57378;branch=z9hG4bK1',
      'SIP/2.0/TCP 192.168.0.105:57378;branch=z9hG4bK1;received=192.168.1.130',
    ],
    ['a name: received', 'SIP/2.0/UDP pc33;branch=z9hG4bK1', 'SIP/2.0/UDP pc33;branch=z9hG4bK1;received=192.168.1.130'],
    [
      'rport: filled, and received always',
      'SIP/2.0/UDP 192.168.1.130;rport;branch=z9hG4bK1',
      'SIP/2.0/UDP 192.168.1.130;rport=51098;branch=z9hG4bK1;received=192.168.1.130',
    ],
    [
      'a forged received goes',
      'SIP/2.0/UDP pc33;received=8.8.8.8;branch=z9hG4bK1',
      'SIP/2.0/UDP pc33;branch=z9hG4bK1;received=192.168.1.130',
    ],
    [
      'only the top of a list changes',
      'SIP/2.0/UDP pc33;branch=z9hG4bK1, SIP/2.0/UDP pc34;rport',
      'SIP/2.0/UDP pc33;branch=z9hG4bK1;received=192.168.1.130, SIP/2.0/UDP pc34;rport',
    ],
    [
      'a parameter that merely begins with rport stays',
      'SIP/2.0/UDP 192.168.1.130;rport-x=1;branch=z9hG4bK1;rport',
      'SIP/2.0/UDP 192.168.1.130;rport-x=1;branch=z9hG4bK1;rport=51098;received=192.168.1.130',
    ],
  ])('%s', (_case, text, echo) => expect(responseVia(via(text), SOURCE)).toBe(echo));
});

describe('the answer over UDP', () => {
  it.each([
    ['goes to the sent-by port, not to the port it came from', 'SIP/2.0/UDP 192.168.1.130:5060', '192.168.1.130', 5060],
    ['goes to 5060 where there is none', 'SIP/2.0/UDP 192.168.1.130', '192.168.1.130', 5060],
    ['goes to the source port with rport', 'SIP/2.0/UDP 10.0.0.1:5060;rport', '192.168.1.130', 51098],
    ['goes to the address it came from', 'SIP/2.0/UDP 10.0.0.1:5070', '192.168.1.130', 5070],
    ['does not follow maddr to another machine', 'SIP/2.0/UDP 10.0.0.1:5070;maddr=10.0.0.9', '192.168.1.130', 5070],
    ['takes maddr that is the source', 'SIP/2.0/UDP 10.0.0.1;maddr=192.168.1.130', '192.168.1.130', 5060],
    ['does not shout at a group', 'SIP/2.0/UDP 10.0.0.1;maddr=239.1.1.1', '192.168.1.130', 5060],
    ['does not shout at everybody', 'SIP/2.0/UDP 10.0.0.1;maddr=255.255.255.255', '192.168.1.130', 5060],
  ])('%s', (_case, text, address, port) => expect(answerTarget(via(text), SOURCE)).toEqual({ address, port }));

  it('knows one machine from many', () => {
    expect(['10.0.0.1', '127.0.0.1', '223.1.1.1'].every(isUnicast)).toBe(true);
    expect(['0.0.0.0', '224.0.0.1', '255.255.255.255', 'a.b.c.d', '1.2.3', '1.2.3.256'].some(isUnicast)).toBe(false);
  });
});
