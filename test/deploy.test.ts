// The manifests under deploy/: they are what their tools read, and the command lines in them are ours.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { queueAddress } from '../src/campaign/queue/address.ts';
import { campaign, verbCalled } from '../src/cli/commands/campaign.ts';
import { parseOptions } from '../src/cli/options.ts';

const folder = resolve(import.meta.dirname, '../deploy');

function text(name: string): string {
  return readFileSync(resolve(folder, name), 'utf8');
}

/** What a command line of ours asks for: its verb and where its queue is. */
function asked([verb, ...args]: readonly string[]): string {
  expect(verb).toBe('campaign');
  const { values, positionals } = parseOptions(campaign.options, args, 'lufcheck campaign');
  const { queue } = values as { queue?: string };
  verbCalled(positionals, values as Parameters<typeof verbCalled>[1]);
  return `${positionals.join(' ')} at ${queueAddress(queue ?? '').shown}`;
}

/** Words of a shell's line in which these variables stand for something. */
function words(line: string, variables: Readonly<Record<string, string>>): string[] {
  return line
    .replaceAll(/\$\{?(\w+)\}?/g, (all, name: string) => variables[name] ?? all)
    .split(/\s+/)
    .map((word) => word.replaceAll('"', ''));
}

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

test('Docker Compose', () => {
  const { services } = parseYaml(text('compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
  };
  expect(Object.keys(services)).toEqual(['queue', 'worker', 'campaign']);
  expect(asked(services.worker?.command ?? [])).toBe('worker at redis://queue:6379');
  expect(asked(services.campaign?.command ?? [])).toBe('run campaign.json at redis://queue:6379');
  expect(services.queue?.command.join(' ')).toContain(
    '--appendonly yes --maxmemory-policy noeviction --requirepass',
  );
  for (const { environment } of Object.values(services)) {
    expect(environment).toHaveProperty('LUFCHECK_QUEUE_PASSWORD');
  }
});

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: {
      readonly spec: {
        readonly containers: readonly { image: string; args: readonly string[] }[];
      };
    };
  };
}

test('Kubernetes', () => {
  const documents = parseAllDocuments(text('kubernetes.yaml'));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const resources = documents.map((one) => one.toJS() as Resource);
  const names = resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
  const containers = resources.flatMap(({ spec }) => spec.template?.spec.containers ?? []);
  const ours = containers
    .filter(({ image }) => image === 'lufcheck')
    .map(({ args }) => asked(args));
  expect(ours).toEqual([
    'worker at redis://lufcheck-queue:6379',
    'run /campaign/campaign.json at redis://lufcheck-queue:6379',
  ]);
  // The name that workers and campaign use is that of the service.
  expect(names).toContain('Service lufcheck-queue');
  const redis = containers.find(({ image }) => image.startsWith('redis'));
  expect(redis?.args.join(' ')).toContain('--appendonly yes --maxmemory-policy noeviction');
});

test('systemd', () => {
  const lines = text('lufcheck-worker.service')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) expect(line).toMatch(/^(\[\w+\]|\w+=.+)$/);
  const of = (key: string): string =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
  const [name = '', queue = ''] = of('Environment').split(/=(.*)/);
  const [env, program, ...args] = words(of('ExecStart'), { [name]: queue });
  expect([env, program]).toEqual(['/usr/bin/env', 'lufcheck']);
  expect(asked(args)).toBe('worker at rediss://queue.example:6379');
  expect(of('OOMPolicy')).toBe('continue');
});

test('Slurm', () => {
  const lines = text('slurm-workers.sh').split('\n');
  const directives = lines.filter((line) => line.startsWith('#SBATCH'));
  for (const line of directives) expect(line).toMatch(/^#SBATCH --[a-z-]+(=\S+)?$/);
  // Slurm reads them only before the first command.
  const first = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
  expect(lines.slice(first).join('\n')).not.toContain('#SBATCH');
  const [, queue = ''] = /QUEUE:-([^}]*)/.exec(lines.join('\n')) ?? [];
  const line = lines.find((one) => one.startsWith('exec ')) ?? '';
  const [, program, ...args] = words(line, { QUEUE: queue, SLURM_CPUS_PER_TASK: '10' });
  expect(program).toBe('lufcheck');
  expect(asked(args)).toBe('worker at redis://head-node:6379');
});

test('a command line that is not ours is caught', () => {
  expect(() => asked(['campaign', 'worker', '--que', 'redis://a'])).toThrow('unknown option --que');
  expect(() => asked(['campaign', 'work', '--queue', 'redis://a'])).toThrow('there is no work');
  expect(() => asked(['campaign', 'worker', '--again', '--queue', 'redis://a'])).toThrow('--again');
});
