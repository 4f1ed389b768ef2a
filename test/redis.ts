// A real Redis for a test: on loopback, with a folder, a port and a password of its own, and its append-only
// file on. It can be killed and started again, and has what it had.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export const hasRedis: boolean = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export class TestRedis {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'lufcheck-redis-'));
  readonly password = 'p%40ss:word';
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<TestRedis> {
    const one = new TestRedis(await freePort());
    await one.#start();
    return one;
  }

  /** With the password in it. */
  get url(): string {
    return `redis://:${encodeURIComponent(this.password)}@127.0.0.1:${this.port}`;
  }

  /** Without one. */
  get address(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  client(): Redis {
    const { port, password } = this;
    const client = new Redis({ port, password, maxRetriesPerRequest: null });
    client.on('error', () => {});
    return client;
  }

  async #start(): Promise<void> {
    const options = {
      port: `${this.port}`,
      bind: '127.0.0.1',
      dir: this.folder,
      requirepass: this.password,
      appendonly: 'yes',
      save: '',
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    this.#child = spawn('redis-server', args, { stdio: 'ignore' });
    const client = this.client();
    await client.ping();
    client.disconnect();
  }

  /** As a crash does it. */
  async restart(): Promise<void> {
    await this.#kill();
    await this.#start();
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    await this.#kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
