// A call of a shared line as a phone shows it that does not have it (`docs/protocols/calls.md` §1.5, §2.16).

import type { DeviceName } from '../core/identifiers.js';
import type { Leg, LegOwner } from './leg.js';
import type { CallParties, Party } from './parties.js';
import { partyOf } from './parties.js';
import type { Appearance, RemoteCallPort } from './ports.js';

/** `in-use`: another phone of the line dials, rings somebody or talks. `held`: any phone of the line may resume the call. */
export type RemoteState = 'in-use' | 'held';

const HIDDEN: Party = partyOf('');

/** One phone's view of another's call. Written by `SharedLines` alone. */
export class RemoteCall implements LegOwner {
  readonly device: DeviceName;
  readonly dn: string;
  readonly lineInstance: number;
  port: RemoteCallPort | undefined;
  state: RemoteState = 'in-use';
  /** What the phone was told last; `undefined`: nothing yet. */
  shown: { readonly state: RemoteState; readonly parties: CallParties } | undefined;

  constructor(
    /** Its number on this phone: each device has numbers of its own. */
    readonly ci: number,
    /** The leg that has the call. */
    readonly leg: Leg,
    appearance: Pick<Appearance, 'device' | 'dn' | 'lineInstance'>,
    readonly callInstance: number,
    /** The line of `leg` hides with whom it talks. */
    readonly isPrivate: boolean,
  ) {
    this.device = appearance.device;
    this.dn = appearance.dn;
    this.lineInstance = appearance.lineInstance;
  }

  get role(): Leg['role'] {
    return this.leg.role;
  }

  /** Who is in the call, as far as this phone may say it. */
  get parties(): CallParties {
    const { parties } = this.leg;
    if (!this.isPrivate) return parties;
    const { redirectReason } = parties;
    const nobody = { calling: HIDDEN, called: HIDDEN, originalCalled: HIDDEN, lastRedirecting: HIDDEN };
    return { ...nobody, redirectReason };
  }
}
