// The files of the bus: read at the start, and what is said of one that cannot be used.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BusSettings } from '../../src/cluster/settings.js';
import { busFiles } from '../../src/daemon/bus-files.js';
import { folderWith } from '../config/harness.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';
const CREDENTIALS = [
  ...['-----BEGIN NATS USER JWT-----', 'eyJ0', '------END NATS USER JWT------', ''],
  ...['-----BEGIN USER NKEY SEED-----', 'SUAX', '------END USER NKEY SEED------', ''],
].join('\n');

const settings = (credentials: string | undefined, tls: BusSettings['tls']): BusSettings => ({
  ...{ servers: ['nats://127.0.0.1:4222'], replicas: 1, credentials, tls },
  ...{ user: undefined, password: undefined, token: undefined },
});

describe('the files of the bus', () => {
  it('are read as they are', async () => {
    const folder = folderWith({ 'a.creds': CREDENTIALS, 'ca.pem': PEM });
    const files = await busFiles(
      settings(join(folder, 'a.creds'), { ca: join(folder, 'ca.pem'), certificate: undefined, key: undefined }),
      'lab.yaml',
    );
    expect({ ...files, credentials: files.credentials?.toString() }).toEqual({
      ...{ credentials: CREDENTIALS, ca: PEM, certificate: undefined, key: undefined },
    });
  });

  it('are none where none is configured', async () => {
    expect(Object.values(await busFiles(settings(undefined, undefined), 'lab.yaml'))).toEqual(Array(4).fill(undefined));
  });

  it('are told together, each with its key, if they cannot be used', async () => {
    const folder = folderWith({ 'a.creds': PEM, 'key.pem': 'no key' });
    const wanted = 'a PEM file that this daemon may read';
    await expect(
      busFiles(
        settings(join(folder, 'a.creds'), {
          ...{ ca: join(folder, 'none.pem'), certificate: folder, key: join(folder, 'key.pem') },
        }),
        'lab.yaml',
      ),
    ).rejects.toMatchObject({
      code: 'CONFIG',
      faults: [
        {
          file: 'lab.yaml',
          key: 'cluster.credentials',
          found: expect.stringContaining('a.creds, which is no such file'),
        },
        { key: 'cluster.tls.ca', found: expect.stringMatching(/none\.pem: no such file/), wanted },
        { key: 'cluster.tls.cert', found: `${folder}: a directory`, wanted },
        { key: 'cluster.tls.key', found: expect.stringContaining('key.pem, which is no such file'), wanted },
      ],
    });
  });
});
