// Campaigns over a real Redis: what comes out is what one machine finds, whatever happens to workers and
// server meanwhile.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programId } from '../src/campaign/program-id.ts';
import { queueAddress } from '../src/campaign/queue/address.ts';
import { openRedis } from '../src/campaign/queue/connection.ts';
import { queueNameOf } from '../src/campaign/queue/names.ts';
import { QueueEngine } from '../src/campaign/queue/queue-engine.ts';
import { hasRedis, TestRedis } from './redis.ts';
import { here } from './run-here.ts';
import { lufcheck } from './run-program.ts';

const MINUTES = 60_000;
const main = resolve(import.meta.dirname, '../dist/cli/main.js');

const small = {
  schema: 'lufcheck.campaign/1',
  name: 'small',
  cells: [
    { kind: 'variants', scenarios: ['LUF-munmap'] },
    {
      kind: 'random',
      scenarios: ['LUF-munmap:v12', 'LUF-munmap:broken'],
      seeds: { from: 1, count: 3 },
      runs: 5,
    },
  ],
  bounds: { from: 200, to: 1600, factor: 8 },
};

/** Whoever finds its model dies of it, but for the program that lists its cells. */
const deadly = {
  schema: 'lufcheck.campaign/1',
  name: 'deadly',
  cells: [{ kind: 'variants', scenarios: ['./deadly.ts'] }],
  retries: 1,
};
const dying = "if (process.send) process.kill(process.pid, 'SIGKILL');\n";
const example = resolve(import.meta.dirname, '../examples/hasty-munmap.ts');

describe.skipIf(!hasRedis)('over a queue (skipped where redis-server is not installed)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-queue-'));
  const at = (name: string): string => join(folder, name);
  const workers = new Set<ChildProcess>();
  let said = '';
  let redis: TestRedis;

  function startWorker(): void {
    const args = ['campaign', 'worker', '--queue', redis.address, '--jobs', '1', '--silence', '2'];
    const env = { PATH: process.env.PATH, LUFCHECK_QUEUE_PASSWORD: redis.password };
    const child = spawn(process.execPath, [main, ...args], { env });
    workers.add(child);
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.on('exit', () => workers.delete(child));
  }

  beforeAll(async () => {
    redis = await TestRedis.start();
    writeFileSync(at('small.json'), JSON.stringify(small));
    writeFileSync(at('deadly.json'), JSON.stringify(deadly));
    writeFileSync(at('deadly.ts'), dying + readFileSync(example, 'utf8'));
  });

  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await redis.end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function results(db: string): Promise<string[]> {
    await here(['campaign', 'export', '--db', at(db), '--stories', '-o', at(`${db}.jsonl`)]);
    return readFileSync(at(`${db}.jsonl`), 'utf8')
      .split('\n')
      .sort();
  }

  test(
    'three workers, killed at random, and a server that crashes: the same to the last byte',
    async () => {
      const alone = lufcheck([
        'campaign',
        'run',
        at('small.json'),
        '--db',
        at('alone'),
        '--jobs',
        '1',
      ]);
      for (let n = 0; n < 3; n++) startWorker();
      const together = lufcheck([
        'campaign',
        'run',
        at('small.json'),
        '--db',
        at('queue'),
        '--queue',
        redis.url,
      ]);
      let over = false;
      void together.then(() => {
        over = true;
      });
      const client = redis.client();
      const completed = `lufcheck:${queueNameOf(programId().program)}:completed`;
      let [kills, restarts, seed] = [0, 0, 7];
      while (!over) {
        const done = await client.zcard(completed);
        if (restarts === 0 && done >= 6) {
          restarts++;
          await redis.restart();
        } else if (kills < 3 && done >= 3 * (kills + 1)) {
          kills++;
          seed = (seed * 1103515245 + 12345) % 2 ** 31;
          [...workers][seed % workers.size]?.kill('SIGKILL');
          startWorker();
        }
        await delay(50);
      }
      client.disconnect();
      const [one, other] = [await alone, await together];
      expect([kills, restarts]).toEqual([3, 1]);
      expect(one.code).toBe(other.code);
      const found = await results('alone');
      expect(await results('queue')).toEqual(found);
      expect(found.length).toBeGreaterThan(20);
      expect(other.err).toContain('the queue is away');
      expect(other.err).toContain('the queue answers again');
      for (const text of [other.err, other.out, said]) expect(text).not.toContain('word');
    },
    5 * MINUTES,
  );

  test(
    'a cell that kills its workers is tried again, then set aside with its reason',
    async () => {
      const args = [
        'campaign',
        'run',
        at('deadly.json'),
        '--db',
        at('deadly'),
        '--queue',
        redis.url,
      ];
      const { code, out } = await lufcheck(args);
      expect(code).toBe(3);
      expect(out).toMatch(/\d set aside/);
      const shown = await here(['campaign', 'show', '--db', at('deadly')]);
      expect(shown.out).toMatch(/set aside .*2 workers died of it: it was killed, .* \(at /);
    },
    2 * MINUTES,
  );

  /** A campaign that only looks around. */
  async function askAs(
    name: string,
    program: string,
  ): Promise<{ engine: QueueEngine; notes: string[] }> {
    const notes: string[] = [];
    const address = queueAddress(redis.url);
    const engine = new QueueEngine(
      {
        address,
        name,
        program,
        limits: { memory: 2 ** 30, silence: 60_000 },
        beat: 200,
        onNote: (text) => notes.push(text),
        onEnd: () => {},
        onProgress: () => {},
      },
      await openRedis(address),
    );
    return { engine, notes };
  }

  async function until(isSo: () => boolean): Promise<void> {
    const end = performance.now() + MINUTES;
    while (!isSo() && performance.now() < end) await delay(100);
  }

  test(
    'a worker that is gone is missed',
    async () => {
      const { engine, notes } = await askAs('ours', programId().program);
      await until(() => engine.workers === 3);
      expect(engine.workers).toBe(3);
      [...workers][0]?.kill('SIGKILL');
      await until(() => notes.length > 0);
      expect(notes).toEqual([expect.stringMatching(/^worker \S+ fell silent: others take/)]);
      expect(engine.workers).toBe(2);
      await engine.stop();
    },
    2 * MINUTES,
  );

  test(
    'a worker of another lufcheck refuses, and both say so',
    async () => {
      const { engine, notes } = await askAs('theirs', 'f'.repeat(32));
      const us = programId().program.slice(0, 8);
      const refusal = `refuses the cells of theirs: asked by lufcheck ffffffff, and this is ${us}`;
      await until(() => notes.length > 0 && said.includes(refusal));
      await engine.stop();
      expect(said).toContain(refusal);
      expect(notes[0]).toMatch(
        new RegExp(`^worker .* refuses: it runs lufcheck ${us}, and this is ffffffff$`),
      );
      expect(engine.workers).toBe(0);
    },
    2 * MINUTES,
  );

  test('a wrong password, and a server that throws things away, are problems', async () => {
    const args = ['campaign', 'worker', '--queue'];
    const wrong = await here([...args, `redis://:secret@127.0.0.1:${redis.port}`]);
    expect([wrong.code, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toMatch(/^LUF-E507 redis:\/\/127.0.0.1:\d+: cannot use the queue: WRONGPASS/);
    expect(wrong.err).not.toContain('secret');
    const client = redis.client();
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const leaky = await here([...args, redis.url]);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
    expect(leaky.code).toBe(2);
    expect(leaky.err).toContain('throws away what it holds when memory runs short');
  });
});

test('a dead queue is a problem, and nothing is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-queue-'));
  const spec = join(folder, 'small.json');
  writeFileSync(spec, JSON.stringify(small));
  const args = ['campaign', 'run', spec, '--db', join(folder, 'db'), '--queue'];
  const dead = await here([...args, 'redis://127.0.0.1:1']);
  expect(dead.code).toBe(2);
  expect(dead.err).toContain('LUF-E507 redis://127.0.0.1:1: cannot use the queue: ECONNREFUSED');
  const status = await here(['campaign', 'status', '--db', join(folder, 'db')]);
  expect(status.out).toContain('small  stopped: 0 of');
  const bad = await here([...args, 'http://me:secret@127.0.0.1']);
  expect(bad.err).toMatch(/LUF-E103 --queue: is not the address of a queue\n {2}hint: redis:/);
  rmSync(folder, { recursive: true, force: true });
});

describe('addresses', () => {
  test('with all that there may be', () => {
    expect(queueAddress('rediss://me:p%40ss@[::1]:7000/3', 'other')).toEqual({
      host: '::1',
      port: 7000,
      tls: true,
      user: 'me',
      password: 'p@ss',
      database: 3,
      shown: 'rediss://[::1]:7000/3',
    });
    expect(queueAddress('redis://queue', 'other')).toMatchObject({ port: 6379, password: 'other' });
  });

  test.each(['redis://', 'localhost:6379', 'redis://a/b', 'redis://a/1?x=secret', 'redis://:%@a'])(
    '%s is none, and is not repeated',
    (text) => {
      expect(() => queueAddress(text)).toThrow(
        expect.objectContaining({ code: 'LUF-E103', message: expect.not.stringContaining(text) }),
      );
    },
  );
});
