// Phones that misbehave: what each does and what a server must say of it, one row each. The same table runs against any
// call manager; a row's finding says what was heard and whether that is right.

import { minutes, seconds } from '../../core/time.js';
import type { Protocol } from '../../devices/index.js';
import { modelById } from '../../devices/index.js';
import type { FaultBench, FaultyLink } from './fault-runner.js';
import { FILE_FAULTS } from './file-faults.js';
import { type Finding, finding, type Misbehaviour } from './misbehaviour.js';
import { SCCP_FAULTS } from './sccp-faults.js';
import { SIP_FAULTS } from './sip-faults.js';

const BOTH: readonly Protocol[] = ['SCCP', 'SIP'];

const LONGEST_PATIENCE = minutes(4);
const REFUSED = /^(RegisterReject|4\d\d|5\d\d)/;
const ACCEPTED = /^(RegisterAck|200)/;

const registerAs = (bench: FaultBench, link: FaultyLink, typeId: number, name = bench.plan.identity.name): void => {
  const model = modelById(typeId) ?? bench.plan.identity.model;
  link.say(
    bench.isSccp
      ? bench.sccpRegister(link, { deviceType: typeId, deviceName: name })
      : bench.sipRegister(link, { identity: bench.as({ model, name }) }),
  );
};

/** A model that the phone is not. */
const anotherModel = (bench: FaultBench): number => (bench.plan.identity.model.id === 437 ? 404 : 437);

const refusedAs = async (bench: FaultBench, typeId: number, name = bench.plan.identity.name): Promise<Finding> => {
  const link = await bench.open();
  registerAs(bench, link, typeId, name);
  await link.until(() => link.has(REFUSED) || link.has(ACCEPTED));
  const refused = link.has(REFUSED);
  return finding(refused && (!bench.isSccp || (await link.isClosed(seconds(10)))), link);
};

const COMMON = {
  silent: {
    protocols: BOTH,
    does: 'connects and never says a word',
    must: 'close the link after a while',
    run: async (bench) => {
      const link = await bench.open();
      await link.isClosed(LONGEST_PATIENCE);
      return finding(link.closed !== undefined && link.heard.length === 0, link);
    },
  },
  drip: {
    protocols: BOTH,
    does: 'sends its Register one octet a second',
    must: 'wait for it and answer, or close the link; either way within four minutes',
    run: async (bench) => {
      const link = await bench.open();
      const bytes = bench.isSccp ? bench.sccpRegister(link) : Buffer.from(bench.sipRegister(link), 'latin1');
      for (let at = 0; at < Math.min(bytes.length, 240) && link.closed === undefined; at += 1) {
        link.say(bytes.subarray(at, at + 1));
        await bench.wait(seconds(1));
      }
      return finding(link.closed !== undefined || link.has(ACCEPTED), link);
    },
  },
  twice: {
    protocols: BOTH,
    does: 'registers twice on one link',
    must: 'answer both alike and keep one registration',
    run: async (bench) => {
      const link = await bench.open();
      await bench.comeUp(link);
      const before = link.heard.length;
      await bench.comeUp(link);
      const again = await link.until(() => link.heard.slice(before).some((word) => ACCEPTED.test(word)));
      return finding(again && link.closed === undefined, link);
    },
  },
  'two-links': {
    protocols: BOTH,
    does: 'registers on a second link while the first is up',
    must: 'take the newer; over SCCP close the older',
    run: async (bench) => {
      const old = await bench.open();
      await bench.comeUp(old);
      const fresh = await bench.open();
      const up = await bench.comeUp(fresh);
      const gone = !bench.isSccp || (await old.isClosed());
      return finding(up && gone && fresh.closed === undefined, fresh);
    },
  },
  moves: {
    protocols: BOTH,
    does: 'comes back from another address while its old link is up',
    must: 'follow it',
    run: async (bench) => {
      const old = await bench.open();
      await bench.comeUp(old);
      const fresh = await bench.open(bench.plan.otherAddress);
      const up = await bench.comeUp(fresh);
      old.close();
      await bench.wait(seconds(6));
      if (bench.isSccp) fresh.say(bench.frame('KeepAliveReqMessage', {}));
      else fresh.say(bench.sipRegister(fresh));
      const alive = await fresh.hears(bench.isSccp ? 'KeepAliveAckMessage' : /^200/);
      return finding(up && alive && fresh.closed === undefined, fresh);
    },
  },
  vanishes: {
    protocols: BOTH,
    does: 'registers and is gone without a FIN',
    must: 'end the registration when its time is over',
    run: async (bench) => {
      const link = await bench.open();
      await bench.comeUp(link);
      if (bench.isSccp) return finding(await link.isClosed(LONGEST_PATIENCE), link);
      link.vanish();
      await bench.wait(LONGEST_PATIENCE);
      const asking = await bench.open();
      asking.say(bench.sipRegister(asking).replace(/^Contact:.*\r\n/m, ''));
      await asking.hears(/^200/);
      return finding(!/^Contact:/m.test(asking.answers.at(-1)?.bytes.toString('latin1') ?? 'Contact:'), asking);
    },
  },
  'wrong-model': {
    protocols: BOTH,
    does: 'says that it is another model than is configured',
    must: 'refuse it and say so',
    run: (bench) => refusedAs(bench, anotherModel(bench)),
  },
  'wrong-protocol': {
    protocols: BOTH,
    does: 'registers, though the device is configured for the other protocol',
    must: 'refuse it and say so',
    run: (bench) => refusedAs(bench, bench.plan.identity.model.id),
  },
  stranger: {
    protocols: BOTH,
    does: 'comes under a name that nobody configured, where auto-registration is off',
    must: 'refuse it and say so',
    run: (bench) => refusedAs(bench, bench.plan.identity.model.id, 'SEP0200000000FA' as never),
  },
  stubborn: {
    protocols: BOTH,
    does: 'ignores fifty refusals and comes back at once each time',
    must: 'refuse it fifty times',
    run: async (bench) => {
      let refusals = 0;
      let last = await bench.open();
      for (let count = 0; count < 50; count += 1) {
        registerAs(bench, last, anotherModel(bench));
        if (await last.hears(REFUSED)) refusals += 1;
        last.close();
        if (count < 49) last = await bench.open();
      }
      return { right: refusals === 50, heard: `${refusals} refusals` };
    },
  },
  alien: {
    protocols: BOTH,
    does: 'speaks HTTP',
    must: 'close the link',
    run: async (bench) => {
      const link = await bench.open();
      link.say('GET / HTTP/1.1\r\nHost: lab\r\n\r\n');
      return finding(await link.isClosed(seconds(30)), link);
    },
  },
  cut: {
    protocols: BOTH,
    does: 'hangs up in the middle of its Register',
    must: 'forget it and serve the next',
    run: async (bench) => {
      const link = await bench.open();
      const bytes = bench.isSccp ? bench.sccpRegister(link) : Buffer.from(bench.sipRegister(link), 'latin1');
      link.say(bytes.subarray(0, bytes.length / 2));
      link.close();
      const next = await bench.open();
      return finding(await bench.comeUp(next), next);
    },
  },
} as const satisfies Record<string, Misbehaviour>;

export const FAULTS: Readonly<Record<string, Misbehaviour>> = {
  ...COMMON,
  ...SCCP_FAULTS,
  ...SIP_FAULTS,
  ...FILE_FAULTS,
};

/** Names of the faults of a protocol, in the table's order. */
export const faultsOf = (protocol: Protocol): readonly string[] =>
  Object.entries(FAULTS)
    .filter(([, { protocols }]) => protocols.includes(protocol))
    .map(([name]) => name);
