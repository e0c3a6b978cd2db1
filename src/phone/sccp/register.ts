import type { Fields } from '../../sccp/messages/catalogue.js';
import type { PhoneIdentity } from '../identity.js';
import { loadOf } from '../loads.js';

const ASCII_DIGITS = 24;

/**
 * The fields of a Register, as many as the model sends (`sccp.md` §5.1). `address`: the phone's own. `streams`: those
 * that are open from calls over an earlier link.
 */
export const registerFields = (
  { name, mac, model, sccp }: PhoneIdentity,
  address: string,
  streams = 0,
): Fields<'RegisterReqMessage'> => {
  const [features1, features2, features3] = sccp.features;
  const macAddress = sccp.mac === 'ascii' ? Buffer.from(mac, 'latin1').toString('hex') : mac.toLowerCase();
  return {
    deviceName: name,
    stationUserId: 0,
    stationInstance: sccp.instance,
    stationIpAddr: address,
    deviceType: model.id,
    maxStreams: sccp.maxStreams,
    activeStreams: streams || sccp.activeStreams,
    protocolVer: sccp.version,
    features1,
    features2,
    features3,
    ...(sccp.ends === 'features'
      ? {}
      : {
          maxConferences: sccp.maxConferences,
          activeConferences: 0,
          macAddress: macAddress.padEnd(ASCII_DIGITS, '0'),
        }),
    ...(sccp.ends === 'load'
      ? {
          ipV4AddressScope: sccp.addressScope,
          maxNumberOfLines: sccp.maxLines,
          firmwareLoadName: loadOf(model, 'SCCP'),
        }
      : {}),
  };
};
