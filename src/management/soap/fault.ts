/** SOAP 1.1 §4.4.1, and the code of CUCM for too many requests. */
export type FaultCode = 'Client' | 'Server' | 'VersionMismatch' | 'MustUnderstand' | 'Server.RateControl';

/** A request that is answered with a fault. The message is what the client reads. */
export class SoapFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** So much of what a client wrote is told back to it. */
const LONGEST_ECHO = 64;

/** What a client wrote, as far as a fault tells it. */
export const echoed = (written: string): string => written.slice(0, LONGEST_ECHO);

/** The fault of a request for an operation that the service has not. */
export const noSuchOperation = (name: string): SoapFault =>
  new SoapFault('Client', `There is no operation ${echoed(name)}`);
