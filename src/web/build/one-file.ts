// Makes dist/site/lufcheck.html of the pages that Vite has just built: one file that opens from a disk, where browsers
// read no modules and start no workers from other files. Workers and data are inside of it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'vite';

const root = resolve(import.meta.dirname, '../../..');
const web = join(root, 'src/web');
const site = join(root, 'dist/site');
const workers = ['model-worker', 'trace-worker', 'type-worker'] as const;

/** `new Worker(new URL('./model-worker.ts', ...))` becomes the worker that is inside. */
const startsInside: Plugin = {
  name: 'workers-inside',
  enforce: 'pre',
  transform: (code, id) => {
    if (!/\/web\/work\/ask[\w-]*\.ts$/.test(id)) return undefined;
    const start = /new Worker\(new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\), \{[^}]*\}\)/;
    const name = start.exec(code)?.[1];
    if (name === undefined) throw new Error(`${id} starts no worker`);
    return `import { embeddedWorker } from './embedded.ts';\n${code.replace(start, `embeddedWorker('${name}')`)}`;
  },
};

/** One script, and one style sheet, of a module and all that it imports. */
async function bundled(entry: string, plugins: Plugin[]): Promise<{ code: string; css: string }> {
  const result = await build({
    ...{ root: web, configFile: false, logLevel: 'warn', publicDir: false, plugins },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      ...{ write: false, target: 'es2022', cssCodeSplit: false, reportCompressedSize: false },
      chunkSizeWarningLimit: 4000,
      modulePreload: false,
      rolldownOptions: {
        input: join(web, entry),
        output: { format: 'iife', codeSplitting: false },
        // What asks for import.meta is Vite's own helper, which nothing here calls.
        checks: { pluginTimings: false, emptyImportMeta: false },
      },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  const chunks = outputs.filter((one) => one.type === 'chunk');
  if (chunks.length !== 1) throw new Error(`${entry}: ${chunks.length} scripts, not one`);
  const css = outputs.find((one) => one.type === 'asset' && one.fileName.endsWith('.css'));
  return {
    code: chunks[0]?.code ?? '',
    css: css?.type === 'asset' ? String(css.source) : '',
  };
}

async function workerText(name: (typeof workers)[number]): Promise<string> {
  const assets = readdirSync(join(site, 'assets'));
  const file = assets.find((one) => one.startsWith(`${name}-`));
  const built = file === undefined ? '' : readFileSync(join(site, 'assets', file), 'utf8');
  // What names no other file imports none, and is a script as it is.
  const isAlone = built !== '' && !assets.some((one) => one !== file && built.includes(one));
  return isAlone ? `(()=>{${built}})()` : (await bundled(`work/${name}.ts`, [])).code;
}

function inside(name: string, text: string): string {
  const json = JSON.stringify(text).replaceAll('<', '\\u003c');
  return `<script type="application/json" data-inside="${name}">${json}</script>`;
}

function dataInside(): string[] {
  return readdirSync(join(site, 'data')).map((name) => {
    const bytes = readFileSync(join(site, 'data', name));
    return inside(
      `./data/${name}`,
      name.endsWith('.json') ? bytes.toString('utf8') : bytes.toString('base64'),
    );
  });
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const main = await bundled('main.tsx', [startsInside]);
// A script ends at the first closing tag, wherever it stands.
const code = main.code.replace(/<(?=\/script|!--)/gi, '<\\');
// Workers have the policy of the page that started them, and compile models. Nothing is sent anywhere.
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(code)} blob: 'unsafe-eval' 'wasm-unsafe-eval'`,
  `style-src ${hashOf(main.css)}`,
  ...['worker-src blob:', 'connect-src data:', "base-uri 'none'", "form-action 'none'"],
].join('; ');
const html = [
  '<!doctype html>',
  '<html lang="en"><head><meta charset="utf-8">',
  '<meta name="viewport" content="width=device-width, initial-scale=1">',
  '<meta name="color-scheme" content="light dark">',
  `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  `<title>lufcheck</title><style>${main.css}</style></head><body>`,
  '<div id="app"><main class="before"><h1>lufcheck</h1>',
  '<p>All pages in one file, to be opened from a disk. On a server, index.html beside it is the one to open.</p>',
  '</main></div>',
  ...(await Promise.all(workers.map(async (name) => inside(name, await workerText(name))))),
  ...dataInside(),
  `<script>${code}</script>`,
  '</body></html>',
  '',
].join('\n');
writeFileSync(join(site, 'lufcheck.html'), html);
