// The URIs by which Cisco's phones ask for what SIP has no method for (`docs/protocols/calls.md` §3.9). The phones have them
// from their configuration files.

/** What a phone asks for. */
export type ServiceUriName = 'cfwdall' | 'pickup' | 'gpickup' | 'opickup' | 'meetme' | 'abbrdial';

/** A service URI, and what was dialled behind it; empty: nothing. */
export interface ServiceUri {
  readonly service: ServiceUriName;
  readonly digits: string;
}

const SERVICE_URI = /^x-cisco-serviceuri-(cfwdall|pickup|gpickup|opickup|meetme|abbrdial)-?([0-9*#+]*)$/i;

/** Reads the user of a Request-URI; `undefined`: it is a number. */
export const readServiceUri = (user: string): ServiceUri | undefined => {
  const [, service, digits = ''] = SERVICE_URI.exec(user) ?? [];
  return service === undefined ? undefined : { service: service.toLowerCase() as ServiceUriName, digits };
};
