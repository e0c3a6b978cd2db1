// Every list and signed file of the fixtures: judged as their index says, and built again from their keys, octet by octet.

import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { decideList, type ListDecision } from '../../src/security/held-lists.js';
import { judge } from '../../src/security/judge.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { functionName, isEmptyRecord, readTrustListFile } from '../../src/security/trust-list.js';
import { writeContainer, writeRecord } from '../../src/security/write-container.js';
import { capturedBytes, capturedJson, capturedNames, capturedText, describeCaptured } from '../support/fixtures.js';
import { NOW } from './identities.js';

interface Row {
  readonly verdict: string;
  readonly also?: readonly string[];
  readonly kind?: 'CTL' | 'ITL';
  readonly signer?: string;
  readonly functions?: readonly number[];
  readonly emptyRecords?: number;
  readonly acceptedAfter?: string;
  readonly refusedAfter?: string;
  readonly name?: string;
  readonly unwrapsTo?: string | null;
  readonly plain?: string;
}
type Index = Readonly<Record<'lists' | 'sgn' | 'enc', Readonly<Record<string, Row>>>>;

describeCaptured('trust lists and signed files of the fixtures', () => {
  const index = capturedJson<Index>('secure/index.json');
  const rowsOf = (folder: keyof Index) => Object.entries(index[folder]);
  const file = (path: string): Buffer => capturedBytes(`secure/${path}`);
  const list = (name: string) => readTrustListFile(file(`lists/${name}`));
  const certificates = new Map(
    capturedNames('secure/keys')
      .filter((name) => !name.includes('test-only'))
      .map((name) => [name.replace('.pem', ''), readCertificate(capturedText(`secure/keys/${name}`))]),
  );
  const keyOf = (name: string) => createPrivateKey(capturedText(`secure/keys/${name}.test-only.key.pem`));
  const signerOf = (name: string, digest: number, names: 'cucm' | 'certutils' = 'cucm') => {
    const certificate = certificates.get(name);
    if (certificate === undefined) throw new Error(`no certificate ${name}`);
    return { certificate, key: keyOf(name), digest: digest === 3 ? 'sha512' : 'sha1', names } as const;
  };
  const holding = ['itl-mixed-sha512.tlv', 'ctl-mixed-sha1.tlv'].map(list);
  const versionOf = (text: string | undefined) => {
    const [major = 0, minor = 0] = text?.split('.').map(Number) ?? [];
    return text === undefined ? undefined : ([major, minor] as const);
  };

  it.each(rowsOf('lists'))('lists/%s', (name, row) => {
    const bytes = file(`lists/${name}`);
    const judged = judge(bytes, { now: NOW });
    expect([row.verdict, ...(row.also ?? [])]).toContain(judged.verdict);
    if (row.verdict !== 'valid') return;
    expect(judged.kind).toBe(row.kind);
    expect(judged.records?.map((record) => record.function)).toEqual(row.functions);
    expect(judged.records?.filter(isEmptyRecord)).toHaveLength(row.emptyRecords ?? 0);
  });

  it.each(rowsOf('lists').filter(([, row]) => row.verdict === 'valid'))('lists/%s is built again', (name, row) => {
    const bytes = file(`lists/${name}`);
    const { container, records } = readTrustListFile(bytes);
    const names = name.includes('certutils') ? 'certutils' : 'cucm';
    const body = records.map((record) => {
      const certificate = [...certificates.values()].find(({ der }) => record.certificate?.equals(der));
      expect([functionName(record.function), certificate === undefined]).toEqual([
        functionName(record.function),
        isEmptyRecord(record),
      ]);
      return writeRecord({ ...record, certificate }, names);
    });
    const built = writeContainer(
      {
        version: [1, 2],
        listVersion: versionOf(container.listVersion),
        fileName: container.fileName,
        timestamp: container.timestamp ?? 0,
        body: Buffer.concat(body),
      },
      signerOf(row.signer ?? '', container.digest, names),
    );
    expect(built.equals(bytes)).toBe(true);
  });

  it.each(
    rowsOf('lists').flatMap(([name, { acceptedAfter, refusedAfter }]): [string, string, ListDecision][] => [
      ...(acceptedAfter === undefined
        ? []
        : [[name, acceptedAfter, 'signed-by-held-signer'] as [string, string, ListDecision]]),
      ...(refusedAfter === undefined
        ? []
        : [[name, refusedAfter, 'only-through-tvs'] as [string, string, ListDecision]]),
    ]),
  )('lists/%s, offered to a phone that holds %s: %s', (name, held, decision) => {
    expect(decideList({ ITL: list(held) }, list(name))).toBe(decision);
  });

  it.each(rowsOf('sgn'))('sgn/%s', (name, row) => {
    const bytes = file(`sgn/${name}`);
    const asked = name.startsWith('cnf.') ? 'SEP00270DC01C92.cnf.xml.sgn' : row.name;
    const judged = judge(bytes, { now: NOW, lists: holding, name: asked });
    expect(judged.verdict).toBe(row.verdict);
    if (row.verdict !== 'valid') return;
    const plain = typeof row.unwrapsTo === 'string' ? file(`sgn/${row.unwrapsTo}`) : Buffer.alloc(0);
    expect(judged.plain?.equals(plain)).toBe(true);
    const { container } = judged;
    const built = writeContainer(
      { version: [1, 0], fileName: row.name ?? '', timestamp: container?.timestamp ?? 0, body: plain },
      signerOf(row.signer ?? '', container?.digest ?? 1),
    );
    expect(built.equals(bytes)).toBe(true);
  });

  it.each(rowsOf('enc'))('enc/%s', (name, row) => {
    const key = keyOf('phone-lsc');
    const judged = judge(file(`enc/${name}`), { now: NOW, lists: holding, name: row.name, key });
    expect(judged.verdict).toBe(row.verdict);
    const plain = row.plain ?? row.unwrapsTo;
    if (row.verdict === 'valid' && typeof plain === 'string')
      expect(judged.plain?.equals(file(`enc/${plain}`))).toBe(true);
  });
});
