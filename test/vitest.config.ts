import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// These replace a module or look at what the whole process holds, so each has a process of its own.
const ALONE = ['test/lab/leftovers.test.ts', 'test/net/json-lines.test.ts', 'test/sip/fast-refresh.test.ts'];

// All others share the modules that they import: to read them anew for each file takes longer than most tests.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two, where there are two cores: many tests wait for processes more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    provide: { mutations: 2_000 },
    setupFiles: ['test/setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', ...ALONE],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
