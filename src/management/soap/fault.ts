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
