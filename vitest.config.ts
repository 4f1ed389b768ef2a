import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/build-once.ts'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 60_000,
    // Tests share no state of modules, and importing the catalogue once a file costs more than most.
    isolate: false,
    maxWorkers: '100%',
  },
});

export default config;
