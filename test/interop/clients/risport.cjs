// Packages of the registry, unmodified, as scripts use them. Prints what they read as JSON.
//   node risport.cjs FOLDER HOST USER PASSWORD

const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, host, user, password] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
const print = process.stdout.write.bind(process.stdout);
console.log = () => {}; // some of them print

const main = async () => {
  const CiscoRisPort = load('cisco-risport');
  const service = new CiscoRisPort(host, user, password, {}, false);
  const select = (action, items, status = 'Any') =>
    service.selectCmDevice(action, 1000, 'Any', 'Any', status, '', 'Name', items, 'Any', 'Any');
  const names = ({ results }) =>
    [results].flat().flatMap((node) => [node.CmDevices?.item ?? []].flat().map(({ Name }) => Name));
  const all = await select('SelectCmDevice', '*');
  const cookie = service.getCookie();
  // From here on with the cookie alone, as some scripts go on.
  delete service._OPTIONS.headers.Authorization;
  const two = await select('SelectCmDeviceExt', ['SEP000000000001', 'SEP000000000002']);
  const registered = await select('SelectCmDevice', '*', 'Registered');
  const paginated = await service.selectCmDevicePaginated(
    'SelectCmDevice',
    1000,
    'Any',
    'Any',
    'Any',
    '',
    'Name',
    '*',
    'Any',
    'Any',
  );
  print(
    JSON.stringify({
      all: all.results,
      names: names(all),
      two: names(two),
      registered: names(registered),
      paginated: names(paginated),
      hasCookie: typeof cookie === 'string' && cookie.startsWith('JSESSIONIDSSO='),
    }),
  );
};

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
