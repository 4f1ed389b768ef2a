// Builds the pages into dist/site: static files with relative addresses, so that they work below any path.

import { resolve } from 'node:path';
import { defineConfig, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({
  root: resolve(import.meta.dirname, 'src/web'),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    // Every file is its own request: the Content-Security-Policy allows no data addresses for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
});

export default config;
