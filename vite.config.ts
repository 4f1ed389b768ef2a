// Builds the pages into dist/site: static files with relative addresses, so that they work below any path.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { typeFiles } from './src/web/build/type-files.ts';

/** The recordings that come with lufcheck, for pages without its server. */
const recordings: Plugin = {
  name: 'recordings',
  generateBundle() {
    for (const name of ['noflush.dat', 'reclaim.dat']) {
      const source = readFileSync(resolve(import.meta.dirname, 'fixtures/traces', name));
      this.emitFile({ type: 'asset', fileName: `data/${name}`, source });
    }
    // Pages ask for no file that is not there: what could be computed may not have come with them.
    const data = readdirSync(resolve(import.meta.dirname, 'src/web/public/data'));
    const site = JSON.stringify({ schema: 'lufcheck.site/1', server: false, data });
    this.emitFile({ type: 'asset', fileName: 'data/site.json', source: site });
  },
};

/** What texts in the workbench are checked against. */
const declarations: Plugin = {
  name: 'type-files',
  resolveId: (id) => (id === 'virtual:type-files' ? `\0${id}` : undefined),
  load: (id) =>
    id === '\0virtual:type-files'
      ? `export const files = ${JSON.stringify(typeFiles(resolve(import.meta.dirname, 'dist/index.d.ts')))};`
      : undefined,
};

const config: UserConfig = defineConfig({
  root: resolve(import.meta.dirname, 'src/web'),
  base: './',
  plugins: [recordings],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    // Every file is its own request: the Content-Security-Policy allows no data addresses for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
    reportCompressedSize: false,
    // The workers have the whole model, or the readers of recordings; both are read once.
    chunkSizeWarningLimit: 800,
  },
  worker: { format: 'es', plugins: () => [declarations] },
});

export default config;
