// The form of a catalogue entry: a hazard, where it comes from, the smallest world that shows it,
// and the variants of kernel that must fail and must hold.

import type { DesignChoice } from '../kernel/kernel.ts';
import type { Setup, ThreadSetup } from '../kernel/scenario.ts';
import type { Witness } from '../kernel/witness.ts';
import type { World } from '../kernel/world.ts';
import type { Wrong } from '../rules/truth/wrongs.ts';

export interface Provenance {
  /** Commit, CVE or mail. */
  readonly source: string;
  /** Where to read about it. */
  readonly where: string;
}

export interface Variant {
  readonly id: string;
  readonly says: string;
  readonly design: DesignChoice;
  /** `holds`, or what truth must report first. */
  readonly expect: 'holds' | 'deadlock' | Wrong;
  /** For a variant of a path rather than of a design. */
  readonly threads?: readonly ThreadSetup[];
  /** The variant that has the same kernel, where programs do something else with it. */
  readonly kernelOf?: string;
  readonly world?: World;
  readonly setup?: Setup;
  readonly reaches?: readonly Witness[];
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly provenance: Provenance;
  /** What happens, in two or three sentences. */
  readonly says: string;
  readonly world: World;
  readonly setup: Setup;
  readonly threads: readonly ThreadSetup[];
  /** What some interleaving must come to, or "holds" shows nothing (kernel/witness.ts). */
  readonly reaches?: readonly Witness[];
  readonly variants: readonly Variant[];
}

/** What an export of a user's text looks like if it is a scenario; what it says is judged later. */
export function isScenario(value: unknown): value is Scenario {
  if (typeof value !== 'object' || value === null) return false;
  const one = value as Partial<Scenario>;
  return (
    typeof one.id === 'string' &&
    Array.isArray(one.variants) &&
    Array.isArray(one.threads) &&
    typeof one.world === 'object' &&
    typeof one.setup === 'object'
  );
}
