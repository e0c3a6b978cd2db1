import type { CapfRegistry } from '../capf/registry.js';
import type { CapfView } from '../http/index.js';
import type { AxlCertificates } from '../management/axl/sources.js';

/** What AXL sees of the certificates of phones. `view`: what arms and cancels, as the API does. */
export const axlCertificates = (
  registry: CapfRegistry,
  view: CapfView,
  isEncrypted: AxlCertificates['isEncrypted'],
): AxlCertificates => ({
  isEncrypted,
  operationOf: (device) => registry.operationOf(device),
  isKnown: (device) => registry.certificateOf(device) !== undefined,
  arm: (wish) => {
    const outcome = view.arm(wish);
    return typeof outcome === 'string' ? outcome : 'armed';
  },
  cancel: (device) => {
    const outcome = view.cancel(device);
    if (outcome === undefined) return 'nothing';
    return outcome === 'not-written' ? outcome : 'cancelled';
  },
});
