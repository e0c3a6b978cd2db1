// A page on an SCCP phone: it plays what comes from a group by its speaker, without a call (`docs/protocols/calls.md` §2.17).

import { CODECS, type PageStream } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { CallPhone } from './call-phone.js';

/** A page is of G.711 µ-law in packets of 20 ms. */
const { capabilities, milliseconds } = CODECS.PCMU;

export const hearPage = (phone: CallPhone, { group, port, ci }: PageStream, isOn: boolean, now: Instant): void => {
  const { station } = phone;
  // One stream of a page for each phone: its party may be the number of the page itself.
  const stream = { conferenceId: ci, passThroughPartyId: ci, callReference: ci };
  station.speak(() => {
    if (!isOn) {
      phone.pages.delete(ci);
      station.send('StopMulticastMediaReceptionMessage', stream, now);
      if (phone.isFree) phone.speaker(false, now);
      return;
    }
    phone.pages.add(ci);
    phone.speaker(true, now);
    const fields = {
      ...stream,
      multicastIpAddr: group,
      multicastPortNumber: port,
      milliSecondPacketSize: milliseconds,
      compressionType: capabilities[0],
      qualifierIn: { ecValue: 0 },
    };
    station.send('StartMulticastMediaReceptionMessage', fields, now);
  }, now);
};
