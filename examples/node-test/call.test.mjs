import assert from 'node:assert/strict';
import test from 'node:test';
import { startLab } from 'labcm';

test('two phones talk, and the one that was called hangs up', async (t) => {
  const lab = await startLab({
    devices: [
      { name: 'SEP001122334455', model: '7962', protocol: 'SCCP', lines: [{ dn: '5002' }] },
      { name: 'SEP001122334466', model: '8961', protocol: 'SIP', lines: [{ dn: '5005' }] },
    ],
  });
  t.after(() => lab.stop());
  const [desk, wall] = [lab.phone({ name: 'SEP001122334455' }), lab.phone({ name: 'SEP001122334466' })];
  await Promise.all([desk.registered(), wall.registered()]);

  const call = desk.dial('5005');
  assert.equal((await wall.rings()).number, '5002');
  wall.answer();
  await call.connected();
  await call.flows(); // packets have left and come
  wall.hangUp();
  await call.ended();
  assert.equal(call.endedBy, 'far');
});
