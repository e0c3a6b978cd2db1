import { defineConfig } from 'vitest/config';

// The daemon against programs that others wrote. One file after the other: they share ports, namespaces and the machine.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    fileParallelism: false,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
