// cisco-axl of the registry, unmodified, as scripts use it. Prints what it read as JSON.
//   node axl.cjs FOLDER HOST USER PASSWORD VERSION

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, host, user, password, version] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const print = process.stdout.write.bind(process.stdout);
console.log = () => {}; // some of them print

const main = async () => {
  const AxlService = load('cisco-axl');
  const service = new AxlService(host, user, password, version);
  const run = (operation, tags, options) => service.executeOperation(operation, tags, options);
  const filled = async (operation, fill) => {
    const tags = await service.getOperationTags(operation);
    fill(tags);
    return run(operation, tags);
  };
  // The way of its own tests: the tags of an operation, filled in, the rest left empty.
  const partition = await filled('addRoutePartition', (tags) => {
    tags.routePartition.name = 'TEST-PARTITION-PT';
    tags.routePartition.description = 'For tests';
  });
  const partitions = await filled('listRoutePartition', (tags) => {
    tags.searchCriteria.name = '%%';
    tags.searchCriteria.description = '%%';
  });
  const phones = await filled('listPhone', (tags) => {
    tags.searchCriteria.name = 'SEP%';
  });
  const added = await filled('addPhone', (tags) => {
    Object.assign(tags.phone, {
      ...{ name: 'SEP0000000000F1', product: 'Cisco 8845', class: 'Phone', protocol: 'SIP', protocolSide: 'User' },
      ...{ devicePoolName: 'Default', locationName: 'Hub_None', phoneTemplateName: 'Standard 8845 SIP' },
    });
  });
  const phone = await run('getPhone', { name: 'SEP0000000000F1' });
  const removed = await filled('removeRoutePartition', (tags) => {
    tags.name = 'TEST-PARTITION-PT';
  });
  const fault = await run('getPhone', { name: 'nobody' }).catch((error) => error);
  print(
    JSON.stringify({
      partition,
      partitions: [partitions.routePartition].flat().map(({ name }) => name),
      phones: phones.phone.map(({ name, devicePoolName }) => [name, devicePoolName.value ?? devicePoolName]),
      added,
      phone: { name: phone.phone.name, uuid: phone.phone.attributes.uuid },
      removed,
      fault: { words: fault.faultstring, code: fault.detail?.axlError?.axlcode },
    }),
  );
};

main().catch((error) => {
  process.stderr.write(`${error.stack ?? JSON.stringify(error)}\n`);
  process.exitCode = 1;
});
