import { defineConfig } from 'vitest/config';

// Of messages that were changed at random a quick run sends few. Here they are all sent.
const MUTATED = [
  'test/capf/hostile.test.ts',
  'test/dhcp/server.test.ts',
  'test/http/file-server.abuse.test.ts',
  'test/sccp/abuse.test.ts',
  'test/sccp/mutations.test.ts',
  'test/sip/abuse.test.ts',
  'test/tftp/abuse.test.ts',
];

// The daemon against programs that others wrote. One file after the other: they share ports, namespaces and the machine.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts', ...MUTATED],
    provide: { mutations: 100_000 },
    fileParallelism: false,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
