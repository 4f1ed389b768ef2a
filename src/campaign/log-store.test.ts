// The database: what a crash, a full disk, damage and a second process do to it.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import type { ModelCell } from './cell.ts';
import { writeSalvaged } from './log-salvage-file.ts';
import { openStore, readStore } from './log-store.ts';
import type { CellResult } from './result.ts';
import type { CampaignSpec } from './spec.ts';

const spec: CampaignSpec = {
  schema: 'lufcheck.campaign/1',
  name: 'some',
  cells: [{ kind: 'variants' }],
};
const cells = [0, 1, 2, 3].map((n): { cell: ModelCell; group: number } => ({
  cell: { kind: 'model', of: 'variant', name: `s:v${n}` },
  group: 0,
}));

function fresh(): string {
  return join(mkdtempSync(join(tmpdir(), 'lufcheck-')), 'some.campaigns');
}

function resultOf(n: number, states = 1000): CellResult {
  return {
    key: `key ${n} ${states}`,
    subject: `subject ${n}`,
    bounds: { states },
    outcome: { verdict: 'holds', states: n, depth: 1 },
  };
}

const cost = { seconds: 1, memory: 1, worker: 'here' };

function filled(path: string): void {
  const store = openStore(path);
  store.begin({ id: 'some', spec, folder: '/', program: 'p', begun: '2026-11-23T00:00:00.000Z' });
  store.list('some', cells);
  cells.forEach((_, n) => {
    store.identify('some', n, `subject ${n}`);
    const blobs = [{ name: 'blob', text: 'told once' }];
    store.result('some', n, { result: resultOf(n), blobs, cost });
  });
  store.state('some', 'finished');
  store.close();
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
}

test('what is written is read again, and a text is kept once', () => {
  const path = fresh();
  filled(path);
  const again = readStore(path);
  expect(again.campaign('some')).toMatchObject({ state: 'finished', program: 'p', listed: true });
  expect(again.campaign('some')?.cells.map(({ result }) => result)).toEqual(
    cells.map((_, n) => resultOf(n)),
  );
  expect(again.blob('blob')).toBe('told once');
  expect(readFileSync(path, 'utf8').match(/told once/g)).toHaveLength(1);
  expect(again.resultsOf('subject 2')).toEqual([resultOf(2)]);
});

test('cut at any byte, as a crash does, it is read up to the last whole line and goes on', () => {
  const path = fresh();
  filled(path);
  const whole = readFileSync(path);
  for (let end = whole.length; end >= 0; end -= 37) {
    writeFileSync(path, whole);
    truncateSync(path, end);
    const store = openStore(path);
    const known = store.campaign('some')?.cells.filter(({ result }) => result !== undefined) ?? [];
    const lines = whole.subarray(0, end).toString().split('\n').slice(0, -1);
    expect(known).toHaveLength(lines.filter((line) => line.includes('"is":"result"')).length);
    store.again('some');
    store.close();
    expect(readStore(path).campaigns).toHaveLength(store.campaigns.length);
  }
});

test('a changed byte, a line twice and a line less are damage, and are named', () => {
  const path = fresh();
  filled(path);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length - 1; at += 41) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 0x04;
    writeFileSync(path, changed);
    // In the last line a changed byte may look like the line's end cut off; here none is.
    expect(
      codeOf(() => readStore(path)),
      `byte ${at}`,
    ).toMatch(/LUF-E(503|202)/);
  }
  const lines = whole.toString().split('\n');
  writeFileSync(path, lines.toSpliced(5, 1).join('\n'));
  expect(() => readStore(path)).toThrow('line 6');
  writeFileSync(path, lines.toSpliced(5, 0, lines[5] as string).join('\n'));
  expect(() => openStore(path)).toThrow('it says that it is line 6');
});

test('salvage keeps all whole lines', () => {
  const path = fresh();
  filled(path);
  const whole = readFileSync(path);
  const at = whole.indexOf('"key 1 1000"');
  whole[at + 2] = 0x58;
  writeFileSync(path, whole);
  const to = `${path}.new`;
  expect(writeSalvaged(path, to).damage).toMatchObject([{ why: 'its checksum does not fit' }]);
  const saved = readStore(to).campaign('some');
  expect(saved?.cells.map(({ result }) => result?.key)).toEqual([
    'key 0 1000',
    undefined,
    'key 2 1000',
    'key 3 1000',
  ]);
  expect(codeOf(() => writeSalvaged(to, `${to}.2`))).toBe('LUF-E502');
});

test('what is no database is left alone', () => {
  const path = fresh();
  writeFileSync(path, 'precious\n');
  expect(codeOf(() => openStore(path))).toBe('LUF-E202');
  expect(codeOf(() => readStore(path))).toBe('LUF-E202');
  expect(readFileSync(path, 'utf8')).toBe('precious\n');
  writeFileSync(path, '00000000 1 {"schema":"lufcheck.campaigns/2"}\n');
  expect(() => readStore(path)).toThrow('newer form');
});

describe('one writer', () => {
  test('a second one is told who writes; readers are not kept out', () => {
    const path = fresh();
    const store = openStore(path);
    expect(codeOf(() => openStore(path))).toBe('LUF-E504');
    expect(readStore(path).campaigns).toEqual([]);
    store.close();
    openStore(path).close();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test('a process that is gone has no lock, nor has another one with its number', () => {
    const path = fresh();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const store = openStore(path);
    const lock = JSON.parse(readFileSync(`${path}.lock`, 'utf8')) as object;
    store.close();
    writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, pid: gone }));
    openStore(path).close();
    writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, started: '1 another start' }));
    openStore(path).close();
    // Of another machine nothing is known.
    writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, host: 'elsewhere', pid: gone }));
    expect(codeOf(() => openStore(path))).toBe('LUF-E504');
  });
});

/** A process of its own, with a disk of 64 KiB that only it sees: needs namespaces that users may make. */
const onSmallDisk = spawnSync('unshare', ['-Urm', 'true']).status === 0 ? test : test.skip;

onSmallDisk(
  'a full disk is told, and what was there stays (skipped where one cannot be made)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lufcheck-'));
    const script = join(folder, 'fill.mjs');
    const dist = resolve(import.meta.dirname, '../../dist/campaign/log-store.js');
    writeFileSync(
      script,
      `import { openStore, readStore } from ${JSON.stringify(dist)};
import { writeFileSync, rmSync } from 'node:fs';
const path = ${JSON.stringify(join(folder, 'disk/some.campaigns'))};
const store = openStore(path);
store.begin({ id: 'some', spec: ${JSON.stringify(spec)}, folder: '/', program: 'p', begun: '' });
store.list('some', ${JSON.stringify(cells)});
writeFileSync(path + '.other', 'x'.repeat(20000));
let told = 0;
try { for (;;) { store.death('some', 0, 'x'.repeat(500)); told++; } }
catch (error) { console.log(error.code, error.message); }
const seen = () => readStore(path).campaign('some').cells[0].deaths.length;
console.log(seen() === told && told > 10);
rmSync(path + '.other');
store.death('some', 0, 'room again');
console.log(seen() === told + 1);
store.close();
`,
    );
    const said = spawnSync(
      'unshare',
      [
        '-Urm',
        'sh',
        '-c',
        `mkdir ${folder}/disk && mount -t tmpfs -o size=64k none ${folder}/disk && ${process.execPath} ${script}`,
      ],
      { encoding: 'utf8' },
    );
    expect(said.stderr).toBe('');
    expect(said.stdout).toBe('LUF-E505 the disk is full\ntrue\ntrue\n');
  },
);

test('a line that is cut off is cut away by the next writer', () => {
  const path = fresh();
  filled(path);
  appendFileSync(path, '12345678 99 {"is":"res');
  expect(readStore(path).campaign('some')?.state).toBe('finished');
  const store = openStore(path);
  store.state('some', 'stopped');
  store.close();
  expect(readStore(path).campaign('some')?.state).toBe('stopped');
});
