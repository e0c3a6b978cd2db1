// Keys of RSA for tests in place of fresh ones. Each takes a third of a second of processor time, and a cluster in mixed mode has
// seven. So a key is made once and kept on this machine's disk. Within a test file no key is given twice; another file has the same
// ones. Programs that a test starts, and `test/interop`, make fresh keys.

import crypto, { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

interface RsaPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

type RsaOptions = Readonly<Record<string, unknown>>;

/** `npm ci` takes it away with the rest. */
const FOLDER = resolve('node_modules/.labcm-test-keys');

const makeSync = crypto.generateKeyPairSync as unknown as (kind: string, options?: RsaOptions) => RsaPair;
const make = promisify(crypto.generateKeyPair) as unknown as (kind: string, options?: RsaOptions) => Promise<RsaPair>;

/** What this process has read or made, by file. */
const known = new Map<string, RsaPair>();
/** How many keys have been given, by size and use. */
const given = new Map<string, number>();
let use: 'file' | 'process' = 'file';

/** The file of the next key of such a request; `undefined`: the stock has none of this kind. */
const nextFile = (kind: string, options: RsaOptions = {}): string | undefined => {
  const { modulusLength, ...others } = options;
  if (kind !== 'rsa' || typeof modulusLength !== 'number' || Object.keys(others).length > 0) return undefined;
  const series = `rsa-${modulusLength}-${use}`;
  const place = given.get(series) ?? 0;
  given.set(series, place + 1);
  return join(FOLDER, `${series}-${place}.pem`);
};

const inStock = (file: string): RsaPair | undefined => {
  const pair = known.get(file);
  if (pair !== undefined) return pair;
  try {
    const privateKey = createPrivateKey(readFileSync(file));
    return keep(file, { privateKey, publicKey: createPublicKey(privateKey) });
  } catch {
    // The first who wants it.
    return undefined;
  }
};

const keep = (file: string, pair: RsaPair): RsaPair => {
  known.set(file, pair);
  return pair;
};

const store = (file: string, pair: RsaPair): RsaPair => {
  mkdirSync(FOLDER, { recursive: true });
  // Whole or not at all, since several processes read here.
  const part = `${file}.${process.pid}`;
  writeFileSync(part, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  renameSync(part, file);
  return keep(file, pair);
};

/** In place of `generateKeyPairSync`. */
const pairSync = (kind: string, options?: RsaOptions): RsaPair => {
  const file = nextFile(kind, options);
  if (file === undefined) return makeSync(kind, options);
  return inStock(file) ?? store(file, makeSync(kind, options));
};

/** In place of `promisify(generateKeyPair)`. */
const pair = async (kind: string, options?: RsaOptions): Promise<RsaPair> => {
  const file = nextFile(kind, options);
  if (file === undefined) return make(kind, options);
  return inStock(file) ?? store(file, await make(kind, options));
};

const MARK = Symbol.for('labcm.test.key-stock');

/** From now on `node:crypto` gives keys of the stock, to a new test file the first ones again. */
export const openKeyStock = (): void => {
  for (const series of given.keys()) if (series.endsWith('-file')) given.delete(series);
  if (MARK in crypto) return;
  const { generateKeyPair } = crypto;
  Object.assign(crypto, {
    [MARK]: true,
    generateKeyPairSync: pairSync,
    generateKeyPair: Object.assign(generateKeyPair.bind(crypto), { [promisify.custom]: pair }),
  });
  syncBuiltinESMExports();
};

/** Runs `work`, whose keys are of this process: no later test file is given them. For what outlives a test file. */
export const withKeysOfProcess = <T>(work: () => T): T => {
  const before = use;
  use = 'process';
  try {
    return work();
  } finally {
    use = before;
  }
};
