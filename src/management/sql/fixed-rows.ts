// The rows that are no devices: the cluster, and the numbers of CUCM with their names (`docs/protocols/apis.md` §6.3).

import { MODELS } from '../../devices/index.js';
import { productOf } from '../ris/cm-device.js';
import { CUCM_VERSION } from '../version.js';
import type { DeviceRows } from './device-rows.js';
import { CLASSES, COMMON_PHONE_PROFILE, ONLY_LOCATION, PROTOCOLS, RIS_STATUSES, TRUE } from './numbers.js';
import type { RowGatherer } from './row-gatherer.js';
import type { SqlSources } from './sources.js';
import { SQL_TABLES } from './tables.js';

const DEVICE_PROFILE = 254;
const PATTERN_USAGES = [
  [2, 'Device'],
  [3, 'Translation'],
  [5, 'Route'],
  [7, 'Hunt Pilot'],
] as const;
const SERVICES = [
  [0, 'Cisco CallManager'],
  [1, 'Cisco Tftp'],
] as const;

/** The row of the whole cluster among its nodes. Tools drop it by its name. */
const WHOLE = { pkid: '00000000-1111-0000-0000-000000000000', name: 'EnterpriseWideData' };
const PUBLISHER = 0;
const SUBSCRIBER = 1;

const moniker = (kind: string, name: string): string => `${kind}_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`;

/** Adds them. `made` says the UUIDs. */
export const addFixedRows = (rows: RowGatherer, made: DeviceRows, sources: SqlSources): void => {
  addCluster(rows, made, sources);
  for (const { id, name } of MODELS) {
    rows.add('typemodel', { enum: id, name, moniker: moniker('MODEL', name) });
    rows.add('typeproduct', { enum: productOf(id), name, moniker: moniker('PRODUCT', name), tkmodel: id });
  }
  const named =
    (table: 'typeclass' | 'typedeviceprotocol' | 'typerisstatus' | 'typepatternusage' | 'typeservice') =>
    (number: number, name: string): void =>
      rows.add(table, { enum: number, name, moniker: moniker(table.slice('type'.length).toUpperCase(), name) });
  for (const { number, name } of Object.values(CLASSES)) named('typeclass')(number, name);
  named('typeclass')(DEVICE_PROFILE, 'Device Profile');
  for (const [name, number] of Object.entries(PROTOCOLS)) named('typedeviceprotocol')(number, name);
  for (const [name, number] of Object.entries(RIS_STATUSES)) named('typerisstatus')(number, name);
  for (const [number, name] of PATTERN_USAGES) named('typepatternusage')(number, name);
  for (const [number, name] of SERVICES) named('typeservice')(number, name);
  rows.add('commonphoneconfig', {
    pkid: made.id('commonPhoneConfig', COMMON_PHONE_PROFILE),
    name: COMMON_PHONE_PROFILE,
  });
  rows.add('location', { pkid: made.id('location', ONLY_LOCATION), name: ONLY_LOCATION });
  rows.add('softkeytemplate', { pkid: made.id('softkeyTemplate', 'Standard User'), name: 'Standard User' });
  rows.add('componentversion', {
    ...{ pkid: made.id('other', 'cm-ver'), softwarecomponent: 'cm-ver' },
    version: CUCM_VERSION.replace(/\((\d+)\)$/, '-$1'),
  });
  rows.add('applicationuser', { pkid: made.id('other', 'applicationuser', sources.user), name: sources.user });
  for (const [index, { name, columns }] of SQL_TABLES.entries()) {
    rows.add('systables', { tabname: name, tabid: index + 1, tabtype: 'T' });
    for (const [at, column] of columns.entries())
      rows.add('syscolumns', { colname: column.name, tabid: index + 1, colno: at + 1 });
  }
};

const addCluster = (rows: RowGatherer, made: DeviceRows, { cluster }: SqlSources): void => {
  const { nodes, groups, defaultGroup } = cluster();
  rows.add('processnode', { ...WHOLE, tknodeusage: PUBLISHER, systemnode: TRUE, nodeid: 1 });
  for (const [index, { name, description }] of nodes.entries()) {
    const fkprocessnode = made.id('processNode', name);
    const tknodeusage = index === 0 ? PUBLISHER : SUBSCRIBER;
    rows.add('processnode', {
      pkid: fkprocessnode,
      name,
      description,
      tknodeusage,
      systemnode: 'f',
      nodeid: index + 2,
    });
    rows.add('callmanager', { pkid: made.id('callManager', name), name, description, fkprocessnode });
  }
  for (const { name, members } of groups) {
    const fkcallmanagergroup = made.id('callManagerGroup', name);
    const fklocation = made.id('location', ONLY_LOCATION);
    const isDefault = name === defaultGroup ? TRUE : 'f';
    rows.add('callmanagergroup', { pkid: fkcallmanagergroup, name, tftpdefault: isDefault });
    const fkregion = made.id('region', 'Default');
    rows.add('devicepool', { pkid: made.id('devicePool', name), name, fkcallmanagergroup, fkregion, fklocation });
    for (const [priority, member] of members.entries())
      rows.add('callmanagergroupmember', {
        pkid: made.id('other', fkcallmanagergroup, member),
        ...{ fkcallmanagergroup, fkcallmanager: made.id('callManager', member), priority },
      });
  }
};
