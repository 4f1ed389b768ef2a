import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copyModules, dependsOf } from './guest-modules.ts';

const folder = await mkdtemp(join(tmpdir(), 'lufcheck-modules-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function make(name: string, depends: string): Promise<void> {
  const file = join(folder, 'kernel', name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `license=GPL\0depends=${depends}\0name=x\0`);
}
await make('fs/nfsd/nfsd.ko', 'sunrpc,lockd,nfs_acl');
await make('fs/lockd/lockd.ko', 'sunrpc');
await make('fs/nfs_common/nfs_acl.ko', 'sunrpc');
// `xz` here is `cat`: what counts is that a packed one goes through it.
await make('net/sunrpc/sunrpc.ko.xz', '');

test('a module comes after all that it needs, by whatever name it is called', async () => {
  const into = join(folder, 'into');
  expect(await copyModules(join(folder, 'kernel'), ['nfsd'], into, ['cat'])).toEqual([
    'sunrpc',
    'lockd',
    'nfs_acl',
    'nfsd',
  ]);
  expect((await readdir(into)).sort()).toEqual([
    '00-sunrpc.ko',
    '01-lockd.ko',
    '02-nfs_acl.ko',
    '03-nfsd.ko',
  ]);
});

test('a kernel that lacks one of them gets none', async () => {
  const into = join(folder, 'none');
  const wanted = ['nfsd', 'nfsv4'];
  expect(await copyModules(join(folder, 'kernel'), wanted, into, ['cat'])).toEqual([]);
  expect(await readdir(into).catch(() => 'no folder')).toBe('no folder');
});

test('a module that says nothing of itself needs nothing', () => {
  expect(dependsOf(Buffer.from('name=x\0'))).toEqual([]);
  expect(dependsOf(Buffer.from('a\0depends=\0'))).toEqual([]);
});
