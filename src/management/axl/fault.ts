// The faults of AXL (`docs/protocols/apis.md` §5.7). Tools look for the numbers, and for how the texts begin.

import { escapeXml } from '../../core/xml/entities.js';
import { SoapFault } from '../soap/fault.js';

const NOT_VALID = 5007;
const OTHER = 5003;
const DUPLICATE = -239;
const TOO_LARGE = -1;
const LONGEST_NAME = 64;

/** A request of AXL that is answered with a fault. */
export class AxlFault extends SoapFault {
  readonly axlCode: number;

  constructor(axlCode: number, message: string) {
    super('Server', message);
    this.axlCode = axlCode;
  }
}

/** `object`: `Phone`, `Line`… */
export const notFound = (object: string): AxlFault =>
  new AxlFault(NOT_VALID, `Item not valid: The specified ${object} was not found`);

/** What a request gives is not valid: every fault at once. */
export const notValid = (faults: readonly string[]): AxlFault =>
  new AxlFault(NOT_VALID, `Item not valid: ${faults.join('; ')}`);

/** Another object is called so. */
export const duplicate = (name: string): AxlFault =>
  new AxlFault(
    DUPLICATE,
    `Could not insert new row - duplicate value in a UNIQUE INDEX column (Unique Index:). ${name} is there already`,
  );

/** Everything that has no number of its own. */
export const refusal = (message: string): AxlFault => new AxlFault(OTHER, message);

/** A reply of more octets than one may have. `fitting`: about so many rows would do. */
export const tooLarge = (rows: number, fitting: number): AxlFault =>
  new AxlFault(
    TOO_LARGE,
    `Query request too large. Total rows matched: ${rows} rows. Suggestive Row Fetch: less than ${fitting} rows`,
  );

/** The replies that wait for their readers have too many octets. */
export const memoryConsumed = (): AxlFault =>
  new AxlFault(
    TOO_LARGE,
    'Maximum AXL Memory Allocation Consumed. Please retry once requests in progress have completed',
  );

/** The detail of a fault, in the bare form that raw scripts match. */
export const axlDetail = (fault: SoapFault, operation: string): string =>
  `<axlError><axlcode>${fault instanceof AxlFault ? fault.axlCode : OTHER}</axlcode><axlmessage>${escapeXml(fault.message)}</axlmessage><request>${escapeXml(operation.slice(0, LONGEST_NAME))}</request></axlError>`;
