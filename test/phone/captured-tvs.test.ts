// What a simulated phone asks TVS, against recorded questions octet for octet.

import { describe, expect, it } from 'vitest';
import { askTvs, type TvsQuestion } from '../../src/phone/boot/tvs-client.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { readTvsMessage } from '../../src/tvs/messages.js';
import { hasFixtures, pem, recorded } from '../capf/harness.js';
import { PRIMARY, phoneHarness } from './harness.js';

const asks = async (device: string, session: number, question: TvsQuestion, answer: string) => {
  const made = await phoneHarness();
  const asked: Buffer[] = [];
  await made.streams.listen({ address: PRIMARY, port: 2445, maxLinks: 1, maxLinksPerSource: 1 }, (link) => ({
    received: (bytes) => {
      asked.push(bytes);
      const whole = Buffer.from(answer, 'hex');
      // In pieces, as they may come.
      for (const at of [0, 3, 12, whole.length - 1])
        link.write(
          whole.subarray(
            at,
            [3, 12, whole.length - 1, whole.length].find((end) => end > at),
          ),
        );
    },
    closed: () => {},
  }));
  const server = { address: PRIMARY, port: 2445 };
  const answered = await askTvs(made.environment, {
    ...{ device, server, session, question, localAddress: undefined, tls: {} },
  });
  return { asked: Buffer.concat(asked).toString('hex'), answered };
};

describe.skipIf(!hasFixtures)('a simulated phone', () => {
  it('asks about a certificate as a recorded client does, and reads the answer', async () => {
    const [request, response] = recorded('tvs', 'verify-valid');
    const certificate = readCertificate(pem('callmanager-1'));
    const { asked, answered } = await asks(
      'CP-8845-SEP00270DC01C92',
      request?.session ?? 0,
      { kind: 'verify', certificate },
      response?.hex ?? '',
    );
    expect(asked).toBe(request?.hex);
    expect(answered).toMatchObject({ kind: 'known', certificate });
  });

  it('asks about a signer as an 8861 does', async () => {
    const [request, response] = recorded('tvs', 'query-8861');
    const { elements } = readTvsMessage(Buffer.from(request?.hex ?? '', 'hex'));
    const text = (tag: 'subject' | 'issuer'): string => elements.get(tag)?.toString('latin1').slice(0, -1) ?? '';
    const signer = { name: text('subject'), issuer: text('issuer'), serial: elements.get('serial') ?? Buffer.alloc(0) };
    const { asked, answered } = await asks(
      'CP-8861-SEPB000B4BA0AEE',
      request?.session ?? 0,
      { kind: 'query', signer },
      response?.hex ?? '',
    );
    expect(asked).toBe(request?.hex);
    // The recorded answer has another certificate in place of the one that was asked for.
    expect(answered).toEqual({ kind: 'silent', why: 'an answer with another certificate' });
  });
});
