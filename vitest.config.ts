import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/build-once.ts'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // Against a hang, not a measure: a busy machine of two cores is five times slower.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Tests share no state of modules, and importing the catalogue once a file costs more than most.
    isolate: false,
    maxWorkers: '100%',
  },
});

export default config;
