// Three answers to one question: does something go wrong without this flush point? The programs in the
// guest say what they read, the rules what they found in the recording, the explorer what can happen in
// the model. Where they differ, the likeliest reason is named: the numbers to check it by stand beside.

export type Answer = 'wrong' | 'nothing' | 'unknown';

export interface Evidence {
  readonly programs: Answer;
  readonly rules: Answer;
  readonly model: Answer;
  /** Rounds in which a reader went on by a translation that reclaim had taken away. */
  readonly reached: number;
  /** How often the point flushed when it was on; undefined for what is no flush point. */
  readonly flushedWhenOn: number | undefined;
  /** Whether the design has the point in the model. */
  readonly modelled: boolean;
  /** The explorer was asked. */
  readonly explored: boolean;
  /** The recording was judged. */
  readonly recorded: boolean;
}

export interface Agreement {
  readonly agree: boolean;
  /** Why not; or what the agreement does not show. */
  readonly because: string;
}

/**
 * @example
 * ```ts
 * agreementOf({ programs: 'wrong', rules: 'wrong', model: 'wrong', reached: 5, flushedWhenOn: 9, modelled: true, explored: true, recorded: true })
 * // => { agree: true, because: '' }
 * ```
 */
export function agreementOf(evidence: Evidence): Agreement {
  const { programs, rules, model, reached, flushedWhenOn } = evidence;
  const reasons: string[] = [];
  if (reached === 0) reasons.push('no reader kept an old translation: nothing was tried');
  if (rules === 'unknown') {
    reasons.push(
      evidence.recorded ? 'the recording could not be judged to its end' : 'nothing was recorded',
    );
  }
  if (model === 'unknown') {
    reasons.push(whyNoModel(evidence));
  }
  if (programs === 'wrong' && rules === 'nothing') {
    reasons.push('a program read what it must not, and no rule fired: the rules lack an event');
  }
  if (programs === 'nothing' && rules === 'wrong') {
    reasons.push('a rule fired, and no program read what it must not: none looked there in time');
  }
  if (programs === 'wrong' && model === 'nothing') {
    reasons.push(
      'a program read what the model says nobody can: the model, or the module, is wrong',
    );
  }
  if (programs === 'nothing' && model === 'wrong' && reached > 0) {
    reasons.push(
      flushedWhenOn === 0
        ? 'no program came to this point in debt, even when it was on'
        : 'in the lab another point paid first',
    );
  }
  const known = [programs, rules, model].filter((answer) => answer !== 'unknown');
  const agree = reached > 0 && new Set(known).size === 1 && known.length > 1;
  return { agree, because: reasons.join('; ') };
}

function whyNoModel({ modelled, explored }: Evidence): string {
  if (!modelled) return 'the design has no such point in the model';
  return explored ? 'the explorer stopped at its bound' : 'the explorer was not asked';
}
