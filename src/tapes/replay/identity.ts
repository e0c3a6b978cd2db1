// Whose names and addresses stand in what a replayed phone says.

import type { MacAddress } from '../../core/identifiers.js';
import type { Endpoint } from '../../net/ports.js';
import type { TapedPhone } from '../taped-phone.js';

/** Who a replayed phone is, beside who it is on the tape. */
export interface ReplayIdentity {
  readonly taped: TapedPhone;
  /** The device name; `undefined`: that of the tape. */
  readonly name: string | undefined;
  /** The hardware address; `undefined`: that of the tape. */
  readonly mac: MacAddress | undefined;
}

/** The two ends of a conversation, on the tape and now. */
export interface ReplayPlaces {
  readonly tapedPhone: Endpoint;
  readonly tapedServer: Endpoint;
  readonly phone: Endpoint;
  readonly server: Endpoint;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text with the names of now. Hardware addresses keep their case. */
export const renamed = (text: string, { taped, name, mac }: ReplayIdentity): string => {
  let result = text;
  const { names, mac: before } = taped;
  if (name !== undefined)
    for (const old of names) result = result.replace(new RegExp(`${escaped(old)}(?![A-Za-z0-9])`, 'gi'), name);
  if (mac !== undefined && before !== undefined)
    result = result.replace(new RegExp(before, 'gi'), (found) =>
      found === found.toLowerCase() ? mac.toLowerCase() : mac,
    );
  return result;
};

const NO_ADDRESS = '0.0.0.0';

/** A text with the addresses of now. `withPorts`: a port behind the phone's address is that of now, too. */
export const readdressed = (text: string, places: ReplayPlaces, withPorts: boolean): string => {
  const { tapedPhone, tapedServer, phone, server } = places;
  const replacements: (readonly [pattern: string, replace: (port: string) => string])[] = [];
  if (tapedPhone.address !== NO_ADDRESS && tapedPhone.address !== tapedServer.address)
    replacements.push([
      tapedPhone.address,
      (port) => `${phone.address}${port === '' || !withPorts ? port : `:${phone.port}`}`,
    ]);
  if (tapedServer.address !== NO_ADDRESS)
    replacements.push([
      tapedServer.address,
      (port) => {
        // On loopback both ends may have one address: the port tells them apart.
        if (tapedPhone.address === tapedServer.address && port === `:${tapedPhone.port}`)
          return withPorts ? `${phone.address}:${phone.port}` : `${phone.address}${port}`;
        return `${server.address}${port === '' ? '' : `:${server.port}`}`;
      },
    ]);
  if (replacements.length === 0) return text;
  const pattern = new RegExp(
    `(?<![\\d.])(${replacements.map(([address]) => escaped(address)).join('|')})(:\\d{2,5})?(?![\\d])`,
    'g',
  );
  return text.replace(pattern, (whole: string, address: string, port = '') => {
    const [, replace] = replacements.find(([known]) => known === address) ?? [];
    return replace === undefined ? whole : replace(port);
  });
};

/** A text that names the server by its address of now. `names`: those of the tape, in small letters. */
export const atServer = (text: string, names: ReadonlySet<string>, { address, port }: Endpoint): string => {
  if (names.size === 0) return text;
  const pattern = new RegExp(
    `(?<![A-Za-z0-9.-])(?:${[...names].map(escaped).join('|')})(:\\d{2,5})?(?![A-Za-z0-9-]|\\.[A-Za-z0-9])`,
    'gi',
  );
  return text.replace(pattern, (_whole, written: string | undefined) =>
    written === undefined ? address : `${address}:${port}`,
  );
};
