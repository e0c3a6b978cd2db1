// The call machine's settings, made from the `calls` section.

import type { CallSettings, ServiceName } from '../calls/settings.js';
import type { Sections } from './schema.js';

/** The call machine's settings. A service without a number is left out. */
export const callSettings = ({ calls }: Pick<Sections, 'calls'>): CallSettings => {
  const {
    enabled,
    codecs,
    earlyOffer,
    interDigit,
    noAnswer,
    emergency,
    limits,
    translations,
    hunts,
    park,
    conference,
    pickup,
    pickupGroups,
    forwardAll,
    moh,
    messagesOn,
    messagesOff,
    voicemail = '',
    intercom,
    paging,
  } = calls;
  const trunks = calls.trunks.map(({ public: _isPublic, sources, digest, register, codecs: own, ...trunk }) => ({
    ...trunk,
    sources: sources === undefined || sources.length === 0 ? [trunk.address] : sources,
    ...{ digest, register, codecs: own },
  }));
  const patterns = calls.patterns.map(({ open: _isOpen, prefix = '', ...pattern }) => ({ ...pattern, prefix }));
  const { enabled: areServed, ...services } = calls.services;
  const numbers = { ...services, messagesOn, messagesOff };
  const served = Object.entries(numbers).filter(([, number]) => areServed && number !== undefined);
  return {
    ...{ enabled, codecs, earlyOffer, interDigit, noAnswer, emergency, limits, translations, hunts, park, conference },
    ...{ pickup, pickupGroups, forwardAll, moh, voicemail, trunks, patterns, intercom, paging },
    services: Object.fromEntries(served) as Partial<Record<ServiceName, string>>,
  };
};
