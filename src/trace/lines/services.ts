// How the services for phones are told: pages, questions who may control a phone, and pushes.

import type { PushOutcome, ServiceAuthenticated, ServiceEvent } from '../../services/events.js';
import type { Rows } from '../row.js';

const PAGES: Readonly<Record<string, string>> = {
  services: 'its menu of services',
  directory: 'its menu of directories',
  search: 'the search in the directory',
  list: 'the directory',
  missed: 'its missed calls',
  placed: 'its placed calls',
  received: 'its received calls',
  idle: 'its idle page',
  information: 'the page about itself',
};

const AUTHENTICATIONS: Readonly<Record<ServiceAuthenticated['outcome'], string>> = {
  authorized: 'may be controlled: the user and the password are right',
  wrong: 'may not be controlled: the user or the password is wrong',
  locked: 'may not be controlled: too many wrong passwords came from there within a minute',
  off: 'may not be controlled: `phones.authentication` names nobody',
};

const isDone = (outcome: PushOutcome): boolean => outcome === 'done';

export const serviceLines = {
  'service.opened': {
    component: 'CCM',
    level: 'arbitrary',
    limited: 'by-second',
    text: ({ address, device = '', page, status }) =>
      `Phone service opened|IPAddr=${address}|Device=${device}|Page=${page}|Status=${status}`,
    summary: ({ address, device, page, status }) => ({
      tone: status === 200 ? 'quiet' : 'bad',
      about: device ?? address,
      text: `opened ${PAGES[page] ?? page}${status === 200 ? '' : ` and was answered ${status}`}`,
    }),
  },
  'service.authenticated': {
    component: 'CCM',
    level: 'significant',
    text: ({ address, device = '', outcome }) =>
      `Phone service authentication|IPAddr=${address}|Device=${device}|Outcome=${outcome}`,
    summary: ({ address, device, outcome }) => ({
      tone: outcome === 'authorized' ? 'plain' : 'bad',
      about: device ?? address,
      text: AUTHENTICATIONS[outcome],
    }),
  },
  'service.pushed': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, address, transport, what, outcome, answer, milliseconds }) =>
      `Phone push|Device=${device}|IPAddr=${address}|Transport=${transport}|What=${what}|Outcome=${outcome}|Answer=${answer}|Milliseconds=${milliseconds}`,
    summary: ({ device, transport, what, outcome, answer }) => ({
      tone: isDone(outcome) ? 'plain' : 'bad',
      about: device,
      text: `was pushed ${what === 'text' ? 'a text' : what} over ${transport}: ${answer}`,
    }),
  },
} as const satisfies Rows<ServiceEvent['type']>;
