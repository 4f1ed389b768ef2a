// What `lufcheck whatif` predicts from a recording of the workload on the stock kernel, to stand beside
// what LUF then did.

import { join } from 'node:path';
import { Problem } from '../base/problem.ts';
import type { Design } from '../kernel/kernel.ts';
import { openFileSource } from '../trace/node-file.ts';
import { whatIf } from '../whatif/what-if.ts';

export interface Prediction {
  /** How long was recorded, as the recording itself says. */
  readonly seconds: number;
  /** Interrupts to flush, of reclaim's batches and of all else, on the stock kernel. */
  readonly happened: { readonly batched: number; readonly others: number };
  /** Instead of reclaim's: what the design would have sent to pay. All else stays. */
  readonly predicted: number;
}

/** @returns a reason if nothing can be predicted from it: a machine that is too slow loses events */
export async function predictionOf(
  folder: string,
  recording: string | undefined,
  design: Design,
): Promise<Prediction | string> {
  if (recording === undefined) return 'the stock kernel was not recorded to its end';
  const source = await openFileSource(join(folder, recording));
  try {
    const { designs, batched, others, seconds } = await whatIf(source, { designs: [design] });
    const predicted = designs[0]?.ipis ?? 0;
    return { seconds, happened: { batched: batched.ipis, others: others.ipis }, predicted };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.message;
  } finally {
    await source.close();
  }
}
