// Two packages of the registry, unmodified, as scripts use them. Prints what they read as JSON.
//   node ris-others.cjs FOLDER HOST USER PASSWORD

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, host, user, pass] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const print = process.stdout.write.bind(process.stdout);
console.log = () => {}; // some of them print

const main = async () => {
  const Ris = load('cucm-ris');
  const old = new Ris({ host, user, pass });
  const { RisPort70 } = load('node-risport70');
  const service = new RisPort70({ host, user, pass });
  const found = ({
    selectCmDeviceResponse: {
      selectCmDeviceReturn: { SelectCmDeviceResult: result },
    },
  }) => [result.CmNodes.item].flat().flatMap(({ CmDevices }) => [CmDevices.item ?? []].flat());
  print(
    JSON.stringify({
      old: await old.getStatus('SEP*', 'Name'),
      byNumber: (await old.getStatus(['1001-Registered', '1004*'])).map(({ name }) => name),
      one: found(await service.getPhoneByName('SEP000000000001')).map(({ Name, IPAddress }) => [
        Name,
        IPAddress.item.IP,
      ]),
      some: found(await service.getPhonesByName(['SEP000000000001', 'SEP000000000002'])).map(({ Name }) => Name),
    }),
  );
};

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exitCode = 1;
});
