// Loaded before the program: one module of it is changed as it is read. SLIP is
// {"file": "kernel/paths/munmap.js", "edits": [["what stands there", "what takes its place"]]}; spaces
// and line ends do not count. Each text has to be there exactly once: else nothing was changed.

import { register } from 'node:module';

const { SLIP } = process.env;

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  const { file, edits } = JSON.parse(SLIP);
  if (!url.endsWith(`/dist/${file}`)) return loaded;
  let source = String(loaded.source);
  for (const [from, to] of edits) {
    const letters = from.replace(/\s+/g, '').split('');
    const pattern = letters.map((one) => one.replace(/[^\w]/, '\\$&')).join('\\s*');
    const found = source.match(new RegExp(pattern, 'g'))?.length ?? 0;
    if (found !== 1) throw new Error(`${file} has this ${found} times: ${from}`);
    source = source.replace(new RegExp(pattern), () => to);
  }
  return { ...loaded, source };
}

if (!import.meta.url.includes('?hook')) register(`${import.meta.url}?hook`);
