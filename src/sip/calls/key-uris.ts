// Keys of Cisco's phones that dial a URI in place of a number (`docs/protocols/calls.md` §3.9).

import type { CallControl, Leg } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import { readServiceUri, type ServiceUriName } from '../cisco/service-uris.js';
import type { CallerLeg } from './caller-leg.js';

/** From where a key picks up: `named`: a group, or a line, whose number is dialled. */
const PICKS_UP: Readonly<Partial<Record<ServiceUriName, 'own' | 'others' | 'named'>>> = {
  pickup: 'own',
  opickup: 'others',
  gpickup: 'named',
};

/** Does what the key says that `user` stands for. `false`: it is a number, or a key that does nothing here. */
export const servesKey = (user: string, control: CallControl, leg: Leg, port: CallerLeg, now: Instant): boolean => {
  const asked = readServiceUri(user);
  if (asked === undefined) return false;
  const whose = PICKS_UP[asked.service];
  if (whose === undefined && asked.service !== 'meetme') return false;
  if ((whose === 'own' || whose === 'others') && asked.digits === '') {
    control.pickUpInGroup(leg, now, whose);
    return true;
  }
  if (whose === undefined) control.collectRoom(leg);
  else control.collectPickUp(leg);
  if (asked.digits === '' && port.canCollect) port.collectKeys(now);
  else control.dial(leg, asked.digits, now);
  return true;
};
