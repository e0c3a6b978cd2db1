// All faults, by name: one row each, with what the phone does and what a server must do. The table runs against any
// call manager; the finding of a row says what came and whether it is right.

import { minutes, seconds } from '../../core/time.js';
import type { Protocol } from '../../devices/index.js';
import { modelById } from '../../devices/index.js';
import type { FaultRunner, FaultyLink } from './fault-runner.js';
import { FILE_FAULTS } from './file-faults.js';
import { type Finding, finding, type Misbehaviour } from './misbehaviour.js';
import { SCCP_CALL_FAULTS } from './sccp-call-faults.js';
import { SCCP_FAULTS } from './sccp-faults.js';
import { SIP_CALL_FAULTS } from './sip-call-faults.js';
import { SIP_FAULTS } from './sip-faults.js';

const BOTH: readonly Protocol[] = ['SCCP', 'SIP'];

const LONGEST_PATIENCE = minutes(4);
const REFUSED = /^(RegisterReject|4\d\d|5\d\d)/;
const ACCEPTED = /^(RegisterAck|200)/;

const registerAs = (runner: FaultRunner, link: FaultyLink, typeId: number, name = runner.plan.identity.name): void => {
  const model = modelById(typeId) ?? runner.plan.identity.model;
  link.send(
    runner.isSccp
      ? runner.sccpRegister(link, { deviceType: typeId, deviceName: name })
      : runner.sipRegister(link, { identity: runner.identityWith({ model, name }) }),
  );
};

/** The type id of another model than the phone's. */
const anotherModel = (runner: FaultRunner): number => (runner.plan.identity.model.id === 437 ? 404 : 437);

const refusedAs = async (runner: FaultRunner, typeId: number, name = runner.plan.identity.name): Promise<Finding> => {
  const link = await runner.open();
  registerAs(runner, link, typeId, name);
  await link.until(() => link.hasReceived(REFUSED) || link.hasReceived(ACCEPTED));
  const refused = link.hasReceived(REFUSED);
  return finding(refused && (!runner.isSccp || (await link.waitForClose(seconds(10)))), link);
};

const COMMON = {
  silent: {
    protocols: BOTH,
    does: 'connects and never says a word',
    must: 'close the link after a while',
    needsNoLine: true,
    run: async (runner) => {
      const link = await runner.open();
      await link.waitForClose(LONGEST_PATIENCE);
      return finding(link.closed !== undefined && link.received.length === 0, link);
    },
  },
  drip: {
    protocols: BOTH,
    does: 'sends its Register one octet a second',
    must: 'wait for it and answer, or close the link; either way within four minutes',
    run: async (runner) => {
      const link = await runner.open();
      const bytes = runner.isSccp ? runner.sccpRegister(link) : Buffer.from(runner.sipRegister(link), 'latin1');
      for (let at = 0; at < Math.min(bytes.length, 240) && link.closed === undefined; at += 1) {
        link.send(bytes.subarray(at, at + 1));
        await runner.wait(seconds(1));
      }
      return finding(link.closed !== undefined || link.hasReceived(ACCEPTED), link);
    },
  },
  twice: {
    protocols: BOTH,
    does: 'registers twice on one link',
    must: 'answer both alike and keep one registration',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const before = link.received.length;
      await runner.registerNormally(link);
      const again = await link.until(() => link.received.slice(before).some((line) => ACCEPTED.test(line)));
      return finding(again && link.closed === undefined, link);
    },
  },
  'two-links': {
    protocols: BOTH,
    does: 'registers on a second link while the first is up',
    must: 'take the newer; over SCCP close the older',
    run: async (runner) => {
      const old = await runner.open();
      await runner.registerNormally(old);
      const fresh = await runner.open();
      const up = await runner.registerNormally(fresh);
      const gone = !runner.isSccp || (await old.waitForClose());
      return finding(up && gone && fresh.closed === undefined, fresh);
    },
  },
  moves: {
    protocols: BOTH,
    does: 'comes back from another address while its old link is up',
    must: 'follow it',
    run: async (runner) => {
      const old = await runner.open();
      await runner.registerNormally(old);
      const fresh = await runner.open(runner.plan.otherAddress);
      const up = await runner.registerNormally(fresh);
      old.close();
      await runner.wait(seconds(6));
      if (runner.isSccp) fresh.send(runner.frame('KeepAliveReqMessage', {}));
      else fresh.send(runner.sipRegister(fresh));
      const alive = await fresh.waitFor(runner.isSccp ? 'KeepAliveAckMessage' : /^200/);
      return finding(up && alive && fresh.closed === undefined, fresh);
    },
  },
  vanishes: {
    protocols: BOTH,
    does: 'registers and is gone without a FIN',
    must: 'end the registration when its time is over',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      if (runner.isSccp) return finding(await link.waitForClose(LONGEST_PATIENCE), link);
      link.vanish();
      await runner.wait(LONGEST_PATIENCE);
      const asking = await runner.open();
      asking.send(runner.sipRegister(asking).replace(/^Contact:.*\r\n/m, ''));
      await asking.waitFor(/^200/);
      return finding(!/^Contact:/m.test(asking.responses.at(-1)?.bytes.toString('latin1') ?? 'Contact:'), asking);
    },
  },
  'wrong-model': {
    protocols: BOTH,
    does: 'says that it is another model than is configured',
    must: 'refuse it and say so',
    run: (runner) => refusedAs(runner, anotherModel(runner)),
  },
  'wrong-protocol': {
    protocols: BOTH,
    does: 'registers, though the device is configured for the other protocol',
    must: 'refuse it and say so',
    run: (runner) => refusedAs(runner, runner.plan.identity.model.id),
  },
  stranger: {
    protocols: BOTH,
    does: 'comes under a name that nobody configured, where auto-registration is off',
    must: 'refuse it and say so',
    run: (runner) => refusedAs(runner, runner.plan.identity.model.id, 'SEP0200000000FA' as never),
  },
  stubborn: {
    protocols: BOTH,
    does: 'ignores fifty refusals and comes back at once each time',
    must: 'refuse it fifty times',
    run: async (runner) => {
      let refusals = 0;
      let last = await runner.open();
      for (let count = 0; count < 50; count += 1) {
        registerAs(runner, last, anotherModel(runner));
        if (await last.waitFor(REFUSED)) refusals += 1;
        last.close();
        if (count < 49) last = await runner.open();
      }
      return { right: refusals === 50, received: `${refusals} refusals` };
    },
  },
  alien: {
    protocols: BOTH,
    does: 'speaks HTTP',
    must: 'close the link',
    needsNoLine: true,
    run: async (runner) => {
      const link = await runner.open();
      link.send('GET / HTTP/1.1\r\nHost: lab\r\n\r\n');
      return finding(await link.waitForClose(seconds(30)), link);
    },
  },
  cut: {
    protocols: BOTH,
    does: 'hangs up in the middle of its Register',
    must: 'forget it and serve the next',
    run: async (runner) => {
      const link = await runner.open();
      const bytes = runner.isSccp ? runner.sccpRegister(link) : Buffer.from(runner.sipRegister(link), 'latin1');
      link.send(bytes.subarray(0, bytes.length / 2));
      link.close();
      const next = await runner.open();
      return finding(await runner.registerNormally(next), next);
    },
  },
} as const satisfies Record<string, Misbehaviour>;

/** All faults, by the name that a user gives to `--fault`. */
export const FAULTS: Readonly<Record<string, Misbehaviour>> = {
  ...COMMON,
  ...SCCP_FAULTS,
  ...SIP_FAULTS,
  ...SCCP_CALL_FAULTS,
  ...SIP_CALL_FAULTS,
  ...FILE_FAULTS,
};

/** The names of the faults of a protocol, in the order of the table. */
export const faultsOf = (protocol: Protocol): readonly string[] =>
  Object.entries(FAULTS)
    .filter(([, { protocols }]) => protocols.includes(protocol))
    .map(([name]) => name);
