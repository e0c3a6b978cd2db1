// How the management interface is told.

import type { ManagementEvent } from '../../management/events.js';
import type { Rows } from '../row.js';

/** RisPort70 finds devices, the others find various things. */
const foundIn = (service: string, count: number): string =>
  service === 'RISService70' ? devicesIn(count) : `${count} found`;

const devicesIn = (count: number): string => (count === 1 ? '1 device' : `${count} devices`);

export const managementLines = {
  'management.asked': {
    component: 'CCM',
    level: 'significant',
    text: ({ address, user, service, operation, status, fault = '', devices, wrote = '', milliseconds }) =>
      `Management request|IPAddr=${address}|User=${user}|Service=${service}|Operation=${operation}|Status=${status}|Fault=${fault}|Devices=${devices}|Wrote=${wrote}|Milliseconds=${milliseconds}`,
    summary: ({ address, service, operation, fault, devices, wrote, milliseconds }) => ({
      tone: fault === undefined ? 'quiet' : 'bad',
      about: address,
      text:
        fault === undefined
          ? `asked ${service} for ${operation}: ${wrote ?? foundIn(service, devices)} in ${milliseconds} ms`
          : `asked ${service} for ${operation || 'something'} and got a fault: ${fault}`,
    }),
  },
  'management.refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, method, path, status, reason }) =>
      `Management refused ${method} ${path} of ${address}: ${status} ${reason}`,
    summary: ({ address, method, path, reason }) => ({
      tone: 'bad',
      about: address,
      text: `was refused ${method} ${path} by the management interface: ${reason}`,
    }),
  },
  'management.sql-ended': {
    component: 'CCM',
    level: 'special',
    text: ({ reason, detail }) => `Management SQL thread ended: ${reason} ${detail}`,
    summary: ({ reason, detail }) => ({
      tone: 'bad',
      about: '',
      text:
        reason === 'too-long'
          ? `SQL took more than 5 seconds and was ended: ${detail}`
          : `SQL could not be answered: ${detail}`,
    }),
  },
} as const satisfies Rows<ManagementEvent['type']>;
