import type { ServiceListener } from '../daemon/service.js';

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The address of the page, as a browser of this machine calls it. `undefined`: the API is off. */
export const pageAddress = (listeners: readonly ServiceListener[]): string | undefined => {
  const api = listeners.find(({ service }) => service === 'API');
  if (api === undefined) return undefined;
  const address = ANY_ADDRESS.has(api.address) ? '127.0.0.1' : api.address;
  return `http://${address.includes(':') ? `[${address}]` : address}:${api.port}/`;
};
