// A phone's bytes beside those of captured phones: the same but for names, addresses and what is drawn by lot.

import { expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { findModel, modelById } from '../../src/devices/index.js';
import { dhcpPacket } from '../../src/dhcp/client-message.js';
import { vendorClassOf } from '../../src/phone/boot/dhcp-messages.js';
import { readRequestPacket } from '../../src/phone/boot/tftp-client.js';
import { identityOf, type PhoneIdentity, type PhoneSpec } from '../../src/phone/identity.js';
import { SccpDialogue, type SccpOwner } from '../../src/phone/sccp/dialogue.js';
import { capabilitiesOf, PreparedFrames } from '../../src/phone/sccp/prepared-frames.js';
import { alarmText, type RegisterFacts, reasonOf, registerText } from '../../src/phone/sip/requests.js';
import { Writer } from '../../src/sccp/codec/writer.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { capturedBytes, capturedHex, capturedJson, describeCaptured } from '../support/fixtures.js';

const who = (wish: PhoneSpec): PhoneIdentity => {
  const identity = identityOf(wish);
  if ('fault' in identity) throw new Error(identity.fault);
  return identity;
};

const NOBODY: SccpOwner = {
  onAccepted: () => {},
  onComplete: () => {},
  onRefused: () => {},
  onKeepAliveAck: () => {},
  onToken: () => {},
  onCommand: () => {},
  onUnregistered: () => {},
};

const dialogue = (identity: PhoneIdentity): SccpDialogue =>
  new SccpDialogue({
    ...{ identity, owner: NOBODY, publish: () => {} },
    ...{ frames: new PreparedFrames(), out: new Writer(4096) },
  });

/** Register alone, without the IpPort behind it. */
const register = (identity: PhoneIdentity, address: string): Buffer => {
  const bytes = dialogue(identity).register({ address, port: 1 });
  return bytes.subarray(0, bytes.readUInt32LE(0) + 8);
};

interface Frames {
  readonly frames: readonly { readonly id: string; readonly hex: string }[];
}
const frame = (file: string, id: string): Buffer => {
  const found = capturedJson<Frames>(`sccp/${file}.json`).frames.find((row) => row.id === id);
  if (found === undefined) throw new Error(`no frame ${id}`);
  return Buffer.from(found.hex, 'hex');
};

describeCaptured('a Register', () => {
  it.each([
    ['the seed’s ipctest2', 'seed-derived', 'seed-register', 'ipctest2', '005056A1033D', 30016, '10.10.210.200'],
    ['a 7941', 'phone-dumps', 'chan-07', 'SEP001F9E266369', undefined, 115, '192.168.9.36'],
    ['a 6961', 'phone-dumps', 'chan-08', 'SEP001121FF8A3E', undefined, 497, '83.218.94.20'],
    ['a 7936', 'phone-dumps', 'chan-06', 'SEP0004F2E240A3', undefined, 30019, '192.168.4.200'],
  ] as const)('of %s is the captured one, octet for octet', (_who, file, id, name, mac, typeId, address) => {
    const identity = who({ name, protocol: 'SCCP', model: String(typeId), ...(mac === undefined ? {} : { mac }) });
    expect(register(identity, address).toString('hex')).toBe(frame(file, id).toString('hex'));
  });

  it('is followed by the RTP port in the same segment', () => {
    const bytes = dialogue(who({ name: 'ipctest2', protocol: 'SCCP' })).register({ address: '10.0.0.1', port: 1 });
    expect(bytes.subarray(bytes.readUInt32LE(0) + 8).toString('hex')).toBe('08000000000000000200000000000000');
  });
});

describeCaptured('what the seed’s phone says besides', () => {
  it('is the alarm of the trace', () => {
    const identity = who({ name: 'ipctest2', protocol: 'SCCP' });
    const text = '25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized';
    expect(dialogue(identity).alarm(text).toString('hex')).toBe(frame('seed-derived', 'seed-alarm').toString('hex'));
  });

  it('is the ten codecs of the trace, and nothing in spare slots', () => {
    const { sccp } = who({ name: 'ipctest2', protocol: 'SCCP' });
    const bytes = encode('CapabilitiesResMessage', capabilitiesOf(sccp), 0, 'latin1', 'trimmed');
    expect(bytes.toString('hex')).toBe(frame('seed-derived', 'seed-capabilities').toString('hex'));
  });
});

/** What the phone would write with the captured one's drawn values. */
const drawnFrom = (captured: string, wish: PhoneSpec, wishes: Partial<RegisterFacts>): RegisterFacts => {
  const find = (pattern: RegExp): string => pattern.exec(captured)?.[1] ?? '';
  const [, dn = '', node = ''] = /^To: <sip:([^@]*)@([^>]*)>/m.exec(captured) ?? [];
  const [, contact = '', address = '', port = ''] = /^Contact: <sip:([^@]*)@([^:]*):(\d+)/m.exec(captured) ?? [];
  const date = Date.parse(find(/^Date: (.*)$/m));
  return {
    identity: who(wish),
    line: { dn, contact, authName: '', authPassword: '' },
    local: { address, port: Number(port) },
    node,
    branch: find(/branch=([^;\r]*)/),
    fromTag: find(/^From: .*;tag=(.*)\r$/m),
    callId: find(/^Call-ID: (.*)\r$/m),
    sessionId: find(/^Session-ID: ([^;]*)/m),
    cseq: Number(find(/^CSeq: (\d+)/m)),
    date: Number.isNaN(date) || date < 0 ? undefined : wallTime(date),
    authorization: undefined,
    reason: undefined,
    expires: Number(find(/^Expires: (\d+)/m)),
    ping: false,
    offer: undefined,
    ...wishes,
  };
};

describeCaptured('a REGISTER', () => {
  it('of the seed’s phone is its 973 octets', () => {
    const captured = capturedBytes('sip/cisco/register-cipc-seed.sip').toString('latin1');
    const wish = { name: 'SEP005056A1033D', protocol: 'SIP' as const };
    const text = registerText(
      drawnFrom(captured, wish, { reason: reasonOf(who(wish), { number: 12, text: 'cm-reset-tcp' }) }),
    );
    expect(text).toBe(captured);
    expect(text).toHaveLength(973);
  });

  it('of a 7821 stands for all lines and offers what a 7821 offers', () => {
    const captured = capturedBytes('sip/cisco/register-7821-bulk.sip').toString('latin1');
    const wish = { name: 'SEPC80084AA8743', protocol: 'SIP' as const, model: '7821' };
    const { sip } = who(wish);
    const reason = reasonOf(who(wish), { number: 23, text: 'reset-restart' });
    expect(registerText(drawnFrom(captured, wish, { reason, offer: sip.offer }))).toBe(captured);
  });

  it.each([
    ['a 7975 that refreshes', 'register-7975-refresh', 'SEP0024142DDF24', '7975'],
    ['an 8851 that refreshes', 'register-8851-refresh', 'SEP9C57AD12A4E0', '8851'],
    ['a 7940 over UDP, its clock set', 'register-7940-udp', 'SEP000C30A97025', '7940'],
    ['a 7960 over UDP', 'register-7960-udp-userphone', 'SEP000E84C060A6', '7960'],
  ])('of %s is the captured one', (_who, file, name, model) => {
    const captured = capturedBytes(`sip/cisco/${file}.sip`).toString('latin1');
    expect(registerText(drawnFrom(captured, { name, protocol: 'SIP', model }, {}))).toBe(captured);
  });
});

describeCaptured('an alarm by REFER', () => {
  it('of a 7821 is the captured one', () => {
    const captured = capturedBytes('sip/cisco/refer-7821-alarm-1.sip').toString('latin1');
    const facts = drawnFrom(captured, { name: 'SEPC80084AA8743', protocol: 'SIP', model: '7821' }, {});
    const [, node = ''] = /^To: <sip:([^>]*)>/m.exec(captured) ?? [];
    const [, dn = ''] = /^From: "([^"]*)"/m.exec(captured) ?? [];
    const [, signature = ''] = /ITL_Signature">([^<]*)/.exec(captured) ?? [];
    const [, id = ''] = /^Refer-To: cid:([^@]*)/m.exec(captured) ?? [];
    const [, server = ''] = /ITL_TFTP_Server">([^<]*)/.exec(captured) ?? [];
    const text = alarmText({ ...facts, node, line: { ...facts.line, dn } }, id, signature, server);
    expect(text).toBe(captured);
  });
});

describeCaptured('a DHCP message', () => {
  const facts = {
    xid: 0xa17,
    secs: 0,
    mac: who({ name: 'SEP00036BA10260', protocol: 'SCCP', model: '7960' }).mac,
    hostName: 'SEP00036BA10260',
    vendorClass: vendorClassOf(modelById(7) as never),
    requested: undefined,
    serverId: undefined,
    clientAddress: undefined,
  };

  it('DISCOVER of a 7960 is the captured one', () => {
    expect(dhcpPacket({ ...facts, type: 'DISCOVER' })).toEqual(capturedHex('provisioning/dhcp/s01-discover-7960g.hex'));
  });

  it('REQUEST of a 7960 is the captured one', () => {
    const chosen = { requested: Buffer.from('0a0ad2c8', 'hex'), serverId: Buffer.from('0a0ad20a', 'hex') };
    expect(dhcpPacket({ ...facts, ...chosen, type: 'REQUEST', secs: 1 })).toEqual(
      capturedHex('provisioning/dhcp/s02-request-selecting-7960g.hex'),
    );
  });

  it.each([
    ['7911', 'Cisco Systems, Inc. IP Phone CP-7911G\0'],
    ['7941G-GE', 'Cisco Systems, Inc. IP Phone CP-7941G-GE\0'],
    ['7912', 'Cisco Systems, Inc. IP Phone 7912'],
    ['7921', 'Cisco Systems Inc. Wireless Phone 7921'],
    ['8961', 'Cisco Systems, Inc. IP Phone CP-8961\0'],
    ['8845', 'Cisco Systems, Inc. IP Phone CP-8845'],
    ['6911', 'Cisco Systems, Inc.'],
  ])('of a %s has its own vendor class', (model, expected) => {
    expect(vendorClassOf(findModel(model) as never)).toBe(expected);
  });
});

describeCaptured('a read request', () => {
  it.each([
    ['t01-rrq-ctl-plain', 'CTLSEP005056A1033D.tlv'],
    ['t02-rrq-sep-plain', 'SEP005056A1033D.cnf.xml'],
    ['t03-rrq-jar-plain', 'English_United_States/ipc-sip.jar'],
  ])('is the seed’s (%s)', (file, name) => {
    expect(readRequestPacket(name)).toEqual(capturedHex(`provisioning/tftp/${file}.hex`));
  });
});
