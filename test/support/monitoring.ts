// The queries of docs/alerts.yml and docs/grafana.json, and a lab whose metrics they may be held against.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Lab, startLab } from '../../src/lab.js';

export interface Query {
  /** The alert, or the panel. */
  readonly where: string;
  readonly text: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly summary: string; readonly description: string };
    }[];
  }[];
}

const rules: Rules = parse(readFileSync('docs/alerts.yml', 'utf8'));

export const ALERTS = rules.groups.flatMap((group) => group.rules);

export const dashboard: Dashboard = JSON.parse(readFileSync('docs/grafana.json', 'utf8'));

/** What Grafana puts in for its variables. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ['$__rate_interval', '5m'],
  ['$job', 'labcm'],
  ['$instance', '.*'],
];

const filledIn = (text: string): string =>
  VARIABLES.reduce((filled, [name, value]) => filled.replaceAll(name, value), text);

export const DASHBOARD_QUERIES: readonly Query[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, text: filledIn(expr) })),
  ),
  ...dashboard.annotations.list.map(({ name, expr }) => ({ where: name, text: filledIn(expr) })),
];

export const QUERIES: readonly Query[] = [
  ...ALERTS.map(({ alert, expr }) => ({ where: alert, text: expr })),
  ...DASHBOARD_QUERIES,
];

/** A lab in which phones of both protocols have registered, called each other, and been refused. */
export const busyLab = async (): Promise<Lab> => {
  const lab = await startLab({
    dhcp: { enabled: true },
    devices: [
      { name: 'SEP001122334455', model: 7962, protocol: 'SCCP', lines: ['5001'] },
      { name: 'SEP001122334466', model: '8851', lines: ['5002'] },
    ],
  });
  const [desk, wall] = ['SEP001122334455', 'SEP001122334466'].map((name) => lab.phone({ name }));
  if (desk === undefined || wall === undefined) throw new Error('a lab has as many phones as were asked for');
  await Promise.all([desk.registered({ within: '20s' }), wall.registered({ within: '20s' })]);
  const call = desk.dial('5002');
  await wall.rings();
  wall.answer();
  await call.connected();
  const ended = lab.next('call.ended', { within: '20s' });
  desk.hangUp();
  await ended;
  const refused = lab.next('device.rejected', { within: '20s' });
  lab.phone({ name: 'SEP0000000000FF', model: '7962', protocol: 'SCCP' });
  await refused;
  return lab;
};

/** What `/metrics` of a lab says. */
export const metricsOf = async (lab: Lab): Promise<string> => (await fetch(lab.url('/metrics'))).text();
