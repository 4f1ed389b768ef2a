import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { typeFiles } from '../build/type-files.ts';
import { typeService } from './type-service.ts';

const root = resolve(import.meta.dirname, '../../..');
const files = typeFiles(resolve(root, 'dist/index.d.ts'));
const service = typeService(files);
const read = (name: string): string => readFileSync(resolve(root, 'examples', name), 'utf8');
const example = read('hasty-munmap.ts');

test('the examples have no error, and a wrong call has one, at its place', () => {
  expect(service.marks(example)).toEqual([]);
  expect(service.marks(read('uprobes-ten-ways.ts'))).toEqual([]);
  const wrong = example.replace('spin_lock_ptl(k, mm)', "spin_lock_ptl('k', mm)");
  expect(wrong).not.toBe(example);
  const [mark, ...others] = service.marks(wrong);
  expect(others).toEqual([]);
  expect(mark).toMatchObject({
    isError: true,
    message: expect.stringContaining("to parameter of type 'KernelState'"),
  });
  expect(wrong.slice(mark?.from, mark?.to)).toBe("'k'");
  const [typing] = service.marks('const a: = 3;');
  expect(typing?.from).toBe('const a: '.length);
});

test('names of the public API are offered, and what is taken is imported', () => {
  const text = "import { path } from 'lufcheck';\nptep_ge";
  const offer = service
    .offers(text, text.length)
    .find(({ label }) => label === 'ptep_get_and_clear');
  expect(offer).toMatchObject({ isNew: true, type: 'function' });
  const { changes, signature } = service.details(text, text.length, 'ptep_get_and_clear', true);
  expect(signature).toContain('ptep_get_and_clear(');
  expect(changes).toHaveLength(1);
  const [change] = changes;
  const imported = text.slice(0, change?.from) + change?.insert + text.slice(change?.to);
  expect(imported).toMatch(/^import \{ path, ptep_get_and_clear \} from 'lufcheck';/);
  const own = service.offers(`${text}\npath`, text.length + 5);
  expect(own.find(({ label }) => label === 'path')?.isNew).toBe(false);
});

test('members are offered, and what stands there is explained with its comment', () => {
  const text = `${example}\nmainline.`;
  const offers = service.offers(text, text.length).map(({ label }) => label);
  expect(offers).toContain('points');
  const at = example.indexOf('kswapd,');
  expect(service.explain(example, at)).toMatchObject({
    from: at,
    to: at + 'kswapd'.length,
    signature: expect.stringContaining('kswapd'),
    says: expect.stringMatching(/\w/),
  });
});

test('nothing but the API and the language is there', () => {
  expect(service.marks("import 'node:fs';\nexport const a = document;").length).toBe(2);
  expect(Object.keys(files).every((path) => /^\/(lufcheck|lib)\//.test(path))).toBe(true);
});
