// cisco-perfmon of the registry, unmodified, as dashboards use it. Prints what it read as JSON.
//   node perfmon.cjs FOLDER HOST USER PASSWORD

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, host, user, password] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const print = process.stdout.write.bind(process.stdout);
console.log = () => {}; // some of them print

const main = async () => {
  const PerfMon = load('cisco-perfmon');
  const service = new PerfMon(host, user, password, {}, false);
  const node = 'CM1';
  const list = await service.listCounter(node);
  const instances = await service.listInstance(node, 'Processor');
  const calls = await service.collectCounterData(node, 'Cisco CallManager');
  const processor = await service.collectCounterData(node, 'Processor');
  const about = await service.queryCounterDescription({ host: node, object: 'Memory', counter: '% Mem Used' });
  const { results: handle } = await service.openSession();
  const counters = [
    { host: node, object: 'Cisco CallManager', instance: '', counter: 'CallsActive' },
    { host: node, object: 'Processor', instance: '_Total', counter: '% CPU Time' },
  ];
  const added = await service.addCounter(handle, counters);
  const session = await service.collectSessionData(handle);
  const removed = await service.removeCounter(handle, counters[0]);
  const closed = await service.closeSession(handle);
  const fault = await service.collectCounterData(node, 'No Such').catch((error) => error.message ?? error);
  const plain = (answer) => answer.results;
  print(
    JSON.stringify({
      list: plain(list),
      instances: plain(instances),
      calls: plain(calls),
      processor: plain(processor),
      about: plain(about),
      added: plain(added),
      session: plain(session),
      removed: plain(removed),
      closed: plain(closed),
      fault,
    }),
  );
};

main().catch((error) => {
  process.stderr.write(`${error.stack ?? JSON.stringify(error)}\n`);
  process.exitCode = 1;
});
