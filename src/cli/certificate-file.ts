// Certificates on disk: `check --certificate` writes one.

import { writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { Problem } from '../base/problem.ts';
import { counted } from '../base/text.ts';
import { encode } from '../certificate/format.ts';
import { certifying } from '../explain/certifying.ts';
import type { Verdict } from '../explain/judge.ts';
import { defaultBounds } from '../explore/search.ts';
import type { Surroundings } from './command.ts';
import { nameOf, type Selected } from './select.ts';

export interface CertificateWish {
  readonly file: string;
  readonly redesign: Readonly<Record<string, string>>;
  readonly maxStates: number | undefined;
}

/** A certificate is of one question. */
export function checkOne(selected: readonly Selected[]): void {
  if (selected.length === 1) return;
  throw new Problem('LUF-E105', `a certificate is of one variant, not of ${selected.length}`, {
    where: '--certificate',
    hint: 'name it: SCENARIO:VARIANT',
  });
}

/** @throws Problem LUF-E105 if it does not hold or has too many states to list. */
export async function writeCertificate(
  one: Selected,
  { result }: Verdict,
  { file, redesign, maxStates = defaultBounds.maxStates }: CertificateWish,
  io: Surroundings,
): Promise<void> {
  const refuse = (sentence: string, hint: string): Problem =>
    new Problem('LUF-E105', sentence, { where: nameOf(one), hint });
  if (result.verdict !== 'holds') {
    throw refuse(
      `it is ${result.verdict}: there is nothing to certify`,
      'only "holds" rests on states',
    );
  }
  const question = nameOf(one);
  const run = certifying(one.scenario, one.variant, { question, redesign, maxStates });
  let go = true;
  for (;;) {
    const { done, value } = run.next(go);
    if (done === true) {
      io.progress.clear();
      if (value === undefined) {
        const why = go ? `it has more than ${maxStates} states` : 'it was interrupted';
        throw refuse(`no certificate: ${why}`, 'a certificate lists every state, none left out');
      }
      await write(file, encode(value));
      io.note(`certificate: ${file}, ${counted(value.head.states, 'state')}`);
      return;
    }
    io.progress.show(`certificate: ${counted(value, 'state')}`);
    await setImmediate();
    go = !io.stop.aborted;
  }
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (error) {
    throw new Problem('LUF-E201', `cannot write the file (${(error as Error).message})`, {
      where: file,
      hint: 'check the path and the permissions',
    });
  }
}
