// Kea: kea-dhcp4.conf, JSON with comments (the administrator's manual, chapter "The DHCPv4 Server").

import { CODE } from '../dhcp/options.js';
import { optionsOf, type PhoneReservation, type PhoneSubnet, type SnippetOption } from './content.js';
import { ISC_OPTION_NAMES } from './isc-dhcpd.js';
import { colons, PLAIN } from './quoting.js';
import { ends } from './ranges.js';
import type { SnippetWriter } from './writer.js';

/** These are sent even if a client does not request them. */
const ALWAYS_SENT: ReadonlySet<number> = new Set([CODE.tftpServerName, CODE.tftpServerAddress]);

/** The lines of a whole kea-dhcp4.conf. */
export const keaLines: SnippetWriter = ({ subnets }) =>
  JSON.stringify(
    {
      Dhcp4: {
        'interfaces-config': { interfaces: ['*'] },
        'option-def': [
          {
            name: ISC_OPTION_NAMES.get(CODE.tftpServerAddress),
            code: CODE.tftpServerAddress,
            space: 'dhcp4',
            type: 'ipv4-address',
            array: true,
          },
        ],
        subnet4: subnets.map(subnetOf),
      },
    },
    undefined,
    2,
  ).split('\n');

const subnetOf = (subnet: PhoneSubnet) => ({
  id: subnet.place,
  subnet: subnet.name,
  pools: subnet.ranges.map((range) => ({ pool: ends(range).join(' - ') })),
  'option-data': optionsOf(subnet).map((option) => ({
    name: ISC_OPTION_NAMES.get(option.code),
    ...dataOf(option),
    ...(ALWAYS_SENT.has(option.code) ? { 'always-send': true } : {}),
  })),
  'next-server': subnet.fileServers[0],
  'valid-lifetime': subnet.leaseTime,
  ...(subnet.maxLeaseTime > subnet.leaseTime ? { 'max-valid-lifetime': subnet.maxLeaseTime } : {}),
  reservations: subnet.reservations.map(reservationOf),
});

/** A comma and a backslash have a meaning in the data of an option, so a text with more than letters is octets. */
const dataOf = (option: SnippetOption) => {
  if (!('text' in option)) return { data: option.addresses.join(', ') };
  if (PLAIN.test(option.text)) return { data: option.text };
  return { data: Buffer.from(option.text, 'latin1').toString('hex'), 'csv-format': false };
};

const reservationOf = ({ name, client, address }: PhoneReservation) => ({
  'user-context': { comment: name },
  ...('mac' in client ? { 'hw-address': colons(client.mac) } : { 'client-id': colons(client.clientId) }),
  'ip-address': address,
});
