// The recorder that runs in a guest: lufcheck's own script, made for the guest's kernel.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { planRecording } from '../record/plan.ts';
import { type RecordProfile, recordProfiles } from '../record/probe-texts.ts';
import { recorderScript } from '../record/script.ts';
import { Btf } from '../trace/btf/btf.ts';
import type { BuiltGuest } from './guest-build.ts';

const BUFFER_KB = 16_384;

export async function recorderFor(
  guest: BuiltGuest,
  version: string,
  profile: RecordProfile,
): Promise<string> {
  const btf = new Btf(await readFile(guest.btf), guest.btf);
  return recorderScript(planRecording(btf, profile), {
    checksum: createHash('sha256').update(btf.bytes).digest('hex'),
    version,
    profile: profile.id,
    bufferKb: BUFFER_KB,
  });
}

export function profileNamed(id: string): RecordProfile {
  const profile = recordProfiles.find((one) => one.id === id);
  if (profile === undefined) throw new Error(`no profile ${id}`);
  return profile;
}
