import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { faultOfIdentity, selfSignedIdentity } from '../../src/security/certificate.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));
const identity = selfSignedIdentity({
  commonName: 'CM1',
  organization: 'labcm',
  alternatives: ['10.10.210.10', '127.0.0.1', 'cm1.lab.example'],
  notBefore: NOW,
  notAfter: wallTime(Date.UTC(2056, 0, 1)),
});

describe('a self-made certificate', () => {
  it('names the node, signs itself and is in force for its time', () => {
    const certificate = new X509Certificate(identity.certificate);
    expect(certificate.subject).toBe('O=labcm\nCN=CM1');
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.subjectAltName).toBe('IP Address:10.10.210.10, IP Address:127.0.0.1, DNS:cm1.lab.example');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]).toEqual([NOW, Date.UTC(2056, 0, 1)]);
    expect(certificate.checkIP('10.10.210.10')).toBe('10.10.210.10');
  });

  it('serves TLS to a client that trusts it', async () => {
    const server = await nodeStreams.listen(
      { address: '127.0.0.1', port: 0, tls: identity, maxLinks: 1, maxLinksPerSource: 1 },
      (link) => ({ received: (bytes) => link.write(bytes), closed: () => {} }),
    );
    const said = await new Promise<string>((resolve, reject) => {
      const socket = tls.connect({ port: server.local.port, host: '127.0.0.1', ca: identity.certificate }, () =>
        socket.write('hello'),
      );
      socket.on('data', (bytes) => {
        resolve(bytes.toString());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(said).toBe('hello');
    await server.close();
  });

  it('is told from one that cannot serve', () => {
    expect(faultOfIdentity(identity, NOW)).toBeUndefined();
    expect(faultOfIdentity(identity, wallTime(Date.UTC(2060, 0, 1)))).toMatch(/ended on/);
    expect(faultOfIdentity({ ...identity, certificate: 'nonsense' }, NOW)).toMatch(/something else/);
    const other = selfSignedIdentity({
      commonName: 'x',
      organization: 'x',
      alternatives: [],
      notBefore: NOW,
      notAfter: wallTime(NOW + 1e12),
    });
    expect(faultOfIdentity({ ...identity, key: other.key }, NOW)).toBe('a certificate for another key');
  });
});
