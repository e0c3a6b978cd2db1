// The namespaces of SOAP 1.1 and of the types in it.

export const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
export const XSD = 'http://www.w3.org/2001/XMLSchema';

/** Of all services but AXL. */
export const SERVICEABILITY = 'http://schemas.cisco.com/ast/soap';
