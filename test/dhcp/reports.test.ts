// Messages and configurations that people had trouble with elsewhere.

import { expect, it } from 'vitest';
import { load } from '../config/harness.js';
import { capturedHex, capturedText, describeCaptured } from '../support/fixtures.js';
import { DhcpHarness, ip } from './harness.js';

describeCaptured('reports of others', () => {
  it('an analogue adapter is known by its name, and has the address that is reserved for the device', async () => {
    const { dhcp, devices } = await load(capturedText('reports/ata-reservation.yaml'));
    const rig = new DhcpHarness(dhcp);
    rig.devices.configure(devices, rig.clock.now());
    const wire = { name: 'lo', addresses: [ip('127.0.0.1')], loopback: true, port: 6767 };
    const offer = rig.hear(capturedHex('reports/ata-discover.hex'), {
      servedInterface: wire,
      from: { address: '127.0.0.1', port: 6868 },
      to: ip('127.0.0.1'),
    });
    expect(offer).toMatchObject({ type: 'OFFER', yiaddr: '127.0.1.51' });
    expect(rig.probe.of('dhcp.received')).toMatchObject([{ device: 'ATA0A5500000014', reason: 'reserved' }]);
  });
});
