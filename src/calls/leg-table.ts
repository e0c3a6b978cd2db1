// What each event does to a leg in each state, as one table (`docs/protocols/calls.md` §1.6). An empty cell: the event is
// ignored. A step is a method of `CallControl`; what it does there is the only place where it is written.

/**
 * The states of one leg. `busy` and `reorder` are those of a phone that plays its user a tone; a SIP phone's leg ends
 * instead, since the phone plays the tone by itself.
 */
export const LEG_STATES = [
  'off-hook',
  'dialing',
  'proceeding',
  'ring-out',
  'ring-in',
  'connected',
  'hold',
  'busy',
  'reorder',
] as const;
export type LegState = (typeof LEG_STATES)[number];

/** What may happen to a leg. `far`: the other leg of its call did it. */
export const LEG_EVENTS = [
  'digit',
  'backspace',
  'number',
  'timeout',
  'far-alerting',
  'far-answered',
  'far-refused',
  'far-released',
  'alerting',
  'answer',
  'refuse',
  'hold',
  'resume',
  'hang-up',
  'link-lost',
] as const;
export type LegEvent = (typeof LEG_EVENTS)[number];

/** The steps of the table. */
export type LegStep =
  | 'collect'
  | 'correct'
  | 'route'
  | 'give-up-dialling'
  | 'ring-back'
  | 'connect'
  | 'fail'
  | 'no-answer'
  | 'tell-caller'
  | 'answer'
  | 'refuse'
  | 'hold'
  | 'resume'
  | 'release'
  | 'released'
  | 'withdraw'
  | 'end-failure'
  | 'dtmf'
  | 'too-long'
  | 'lose-phone'
  | 'lose';

export const LEG_TABLE: Readonly<Record<LegEvent, Readonly<Partial<Record<LegState, LegStep>>>>> = {
  digit: { 'off-hook': 'collect', dialing: 'collect', connected: 'dtmf' },
  backspace: { dialing: 'correct' },
  number: { 'off-hook': 'route', dialing: 'route' },
  timeout: {
    'off-hook': 'give-up-dialling',
    dialing: 'give-up-dialling',
    proceeding: 'no-answer',
    'ring-out': 'no-answer',
    connected: 'too-long',
    hold: 'too-long',
    busy: 'end-failure',
    reorder: 'end-failure',
  },
  'far-alerting': { proceeding: 'ring-back', 'ring-out': 'ring-back' },
  'far-answered': { proceeding: 'connect', 'ring-out': 'connect' },
  'far-refused': { proceeding: 'fail', 'ring-out': 'fail' },
  'far-released': {
    proceeding: 'fail',
    'ring-out': 'fail',
    'ring-in': 'withdraw',
    connected: 'released',
    hold: 'released',
  },
  alerting: { 'ring-in': 'tell-caller' },
  answer: { 'ring-in': 'answer' },
  refuse: { 'ring-in': 'refuse' },
  hold: { connected: 'hold' },
  resume: { hold: 'resume' },
  'hang-up': {
    'off-hook': 'release',
    dialing: 'release',
    proceeding: 'release',
    'ring-out': 'release',
    'ring-in': 'refuse',
    connected: 'release',
    hold: 'release',
    busy: 'release',
    reorder: 'release',
  },
  'link-lost': {
    'off-hook': 'lose',
    dialing: 'lose',
    proceeding: 'lose',
    'ring-out': 'lose',
    'ring-in': 'refuse',
    connected: 'lose-phone',
    hold: 'lose',
    busy: 'lose',
    reorder: 'lose',
  },
};
