// The files of the daemons that a drill starts: for each a configuration, and for all the devices of the simulated phones.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mergePatch } from '../../config/index.js';
import { drillPhone, nodesFrom } from '../../drill/fleet-names.js';
import type { DrillPlan } from '../../drill/plan.js';
import type { RolledOut } from '../../drill/ports.js';

/** The ports of a drill's daemons: unusual ones, and each daemon has an address of its own. */
export const DRILL_PORTS = { dhcp: 16_767, tftp: 16_969, http: 16_970, sccp: 12_000, sip: 15_060, api: 18_088 };

const DEVICES_FILE = 'phones.jsonl';

/** Where the files of the daemons are. */
export interface NodeFiles {
  readonly folder: string;
  readonly plan: DrillPlan;
  /** The address of each node by its name. */
  readonly addressOf: (node: string) => string;
}

/** What files of a node are called by: another text for each name, which is never that of another file or folder. */
const fileName = (node: string): string =>
  node.replace(/[^A-Za-z0-9_-]/g, (character) => `=${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The path of a node's configuration. */
export const configPath = ({ folder }: Pick<NodeFiles, 'folder'>, node: string): string =>
  join(folder, `${fileName(node)}.yaml`);

/** Writes all of them. `change`: a configuration that is rolled out. JSON is YAML, too. */
export const writeNodeFiles = async (files: NodeFiles, change?: RolledOut): Promise<void> => {
  const { folder, plan } = files;
  await mkdir(folder, { recursive: true });
  if (plan.phones.real === undefined)
    await writeFile(join(folder, DEVICES_FILE), `${deviceLines(plan, change).join('\n')}\n`);
  for (const [index, { name, configuration }] of plan.nodes.entries()) {
    const patches = [plan.configuration, configuration ?? {}, change?.keys ?? {}];
    const written = patches.reduce(mergePatch, nodeConfiguration(files, index) as unknown);
    await writeFile(configPath(files, name), `${JSON.stringify(written, null, 2)}\n`);
  }
};

const groupName = (first: number): string => (first === 0 ? 'Default' : `Default${first + 1}`);

const deviceLines = (plan: DrillPlan, change: RolledOut | undefined): readonly string[] =>
  Array.from({ length: plan.phones.count }, (_, at) => {
    const { name, model, protocol, dn, nodes } = drillPhone(plan, at);
    const first = plan.nodes.findIndex((node) => node.name === nodes[0]);
    const device = { name, model, protocol, group: groupName(Math.max(0, first)), lines: [{ dn }] };
    return JSON.stringify(mergePatch(device, change?.device ?? {}));
  });

/** What the drill itself says of a node. */
const nodeConfiguration = ({ folder, plan, addressOf }: NodeFiles, index: number): object => {
  const self = plan.nodes[index]?.name ?? '';
  const listen = addressOf(self);
  const home = join(folder, fileName(self));
  const { count, boot, real } = plan.phones;
  return {
    nodes: plan.nodes.map(({ name }) => ({
      name,
      address: addressOf(name),
      sccpPort: DRILL_PORTS.sccp,
      sipPort: DRILL_PORTS.sip,
    })),
    self,
    groups: plan.nodes.map((_node, first) => ({ name: groupName(first), members: nodesFrom(plan, first) })),
    knocks: false,
    // Only one server can have the port of the loopback interface.
    ...(boot === 'full' && index === 0 ? { dhcp: dhcpOf(listen, count) } : {}),
    tftp: { listen, port: DRILL_PORTS.tftp },
    http: {
      provisioning: { listen, port: DRILL_PORTS.http },
      api: { address: listen, port: DRILL_PORTS.api },
    },
    sccp: { listen, port: DRILL_PORTS.sccp },
    sip: { listen, udp: DRILL_PORTS.sip, tcp: DRILL_PORTS.sip },
    state: { directory: join(home, 'state') },
    trace: { directory: join(home, 'logs'), console: 'off' },
    ...(real === undefined ? { devicesFile: DEVICES_FILE } : {}),
  };
};

/** A pool of loopback with room for all phones. */
const dhcpOf = (server: string, count: number): object => {
  const last = 0x0100 + count + 16;
  return {
    enabled: true,
    interface: 'lo',
    port: DRILL_PORTS.dhcp,
    subnets: [
      {
        subnet: '127.0.0.0/8',
        pools: [`127.20.1.0-127.20.${last >> 8}.${last & 0xff}`],
        option150: [server],
        leaseTime: '1h',
      },
    ],
  };
};
