// What TVS answers, the recorded questions octet for octet.

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { textElement } from '../../src/core/tagged-elements.js';
import { nameText } from '../../src/security/distinguished-name.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { readTvsMessage, type TvsTag, writeTvsMessage } from '../../src/tvs/messages.js';
import { answerTvs, type VouchedCertificate } from '../../src/tvs/verification.js';
import { hasFixtures, pem, recorded } from '../capf/harness.js';

const vouched = (name: string, roles: readonly number[]): VouchedCertificate => {
  const read = readCertificate(pem(name));
  const [subject, issuer] = [nameText(read.subjectDer), nameText(read.issuerDer)];
  return { der: read.der, subject, issuer, serial: read.serial, roles };
};

const ask = (elements: readonly (readonly [TvsTag, Buffer])[], known: readonly VouchedCertificate[]) => {
  const answer = answerTvs(readTvsMessage(writeTvsMessage('QueryReq', 1001, elements)), known);
  return answer && readTvsMessage(answer.octets);
};

describe.skipIf(!hasFixtures)('TVS', () => {
  it('answers a recorded verification octet for octet', () => {
    const [request, response] = recorded('tvs', 'verify-valid');
    const answer = answerTvs(readTvsMessage(Buffer.from(request?.hex ?? '', 'hex')), [vouched('callmanager-1', [2])]);
    expect(answer?.octets.toString('hex')).toBe(response?.hex);
    expect(answer).toMatchObject({ kind: 'verify', device: 'CP-8845-SEP00270DC01C92', roles: [2] });
  });

  it('answers the query of a real phone octet for octet', () => {
    const [request, response] = recorded('tvs', 'query-8861');
    const message = readTvsMessage(Buffer.from(request?.hex ?? '', 'hex'));
    const text = (tag: TvsTag): string => message.elements.get(tag)?.toString('latin1').slice(0, -1) ?? '';
    const known = {
      der: new X509Certificate(pem('callmanager-1')).raw,
      subject: text('subject'),
      issuer: text('issuer'),
      serial: message.elements.get('serial') ?? Buffer.alloc(0),
      roles: [0, 3],
    };
    const answer = answerTvs(message, [known]);
    expect(answer?.octets.toString('hex')).toBe(response?.hex);
    expect(answer?.device).toBe('CP-8861-SEPB000B4BA0AEE');
  });

  it('says of any other certificate that it is not known, with status 1 alone', () => {
    const [request] = recorded('tvs', 'verify-valid');
    const answer = answerTvs(readTvsMessage(Buffer.from(request?.hex ?? '', 'hex')), [vouched('callmanager-2', [2])]);
    expect(answer?.octets.toString('hex')).toBe('5701020000000001000407000101');
  });

  it('knows a certificate by serial number, issuer and subject together', () => {
    const one = vouched('tvs-1', [21]);
    const asked = (subject: string, issuer: string, serial: Buffer) =>
      ask(
        [
          ['subject', textElement(subject)],
          ['issuer', textElement(issuer)],
          ['serial', serial],
        ],
        [one],
      )?.elements.get('status')?.[0];
    expect(asked(one.subject, one.issuer, one.serial)).toBe(0);
    expect(asked(one.subject, one.issuer, Buffer.concat([Buffer.from([0]), one.serial]))).toBe(0);
    expect(asked(one.subject, one.issuer, Buffer.from('01', 'hex'))).toBe(1);
    expect(asked('CN=other', one.issuer, one.serial)).toBe(1);
    expect(asked(one.subject, 'CN=other', one.serial)).toBe(1);
    expect(ask([], [one])?.elements.get('status')?.[0]).toBe(1);
  });

  it('does not answer what a server says', () => {
    for (const type of ['VerifyRes', 'QueryRes'] as const)
      expect(answerTvs(readTvsMessage(writeTvsMessage(type, 1, [])), [])).toBeUndefined();
  });
});
