import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lufcheck } from './run-program.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the output in README is what the program prints', async () => {
  const match = /<!-- output of: (.+) -->\n```\n([\s\S]*?)```/.exec(readme);
  const [, command = '', shown = ''] = match ?? [];
  const { out } = await lufcheck(command.split(' '), { env: { COLUMNS: '80' } });
  const stable = (text: string): string =>
    text
      .replace(/\d+\.\d s\b/g, '0.0 s')
      .replace(/(node \S*main\.js|npx lufcheck)/g, 'lufcheck')
      .trim();
  expect(stable(shown)).toBe(stable(out));
});
