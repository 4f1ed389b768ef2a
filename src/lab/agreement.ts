// Three answers to one question: does something go wrong without this flush point? The programs in the
// guest say what they read, the rules what they found in the recording, the explorer what can happen in
// the model. Where they differ, the likeliest reason is named: the numbers to check it by stand beside.

export type Answer = 'wrong' | 'nothing' | 'unknown' | 'not asked';

/**
 * `not tried`: nothing in the lab could go wrong. `alone`: one column has answered, and there is nothing
 * to hold it against.
 */
export type Outcome = 'agree' | 'differ' | 'not tried' | 'alone';

export interface Evidence {
  readonly programs: Answer;
  readonly rules: Answer;
  readonly model: Answer;
  /** Rounds in which a reader went on by a translation that reclaim had taken away. */
  readonly reached: number;
  /** With every point on; undefined for what is no flush point. */
  readonly whenOn: PointAtWork | undefined;
  /** Points that flushed more often without this one than with it. */
  readonly paidInstead: readonly string[];
  /** Points that flushed without this one, whether or not more often; who flushes most comes first. */
  readonly paidToo: readonly string[];
  /** Whether the design has the point in the model. */
  readonly modelled: boolean;
  /** Why no program can pass the point; left out where one could. */
  readonly outOfReach?: string | undefined;
}

/** How often a point was passed, and how often it had something to flush. */
export interface PointAtWork {
  readonly passed: number;
  readonly flushed: number;
  /** The kernel has no function to put it into. */
  readonly absent: boolean;
}

export interface Agreement {
  readonly outcome: Outcome;
  readonly agree: boolean;
  /** Why not; or what the agreement does not show. */
  readonly because: string;
}

/**
 * @example
 * ```ts
 * agreementOf({ programs: 'wrong', rules: 'wrong', model: 'wrong', reached: 5, whenOn: { passed: 9, flushed: 5, absent: false }, paidInstead: [], paidToo: [], modelled: true })
 * // => { outcome: 'agree', agree: true, because: '' }
 * ```
 */
export function agreementOf(evidence: Evidence): Agreement {
  const { programs, rules, model, reached } = evidence;
  const wasTried = reached > 0 || programs === 'wrong';
  const reasons: string[] = [];
  if (!wasTried) reasons.push('no reader kept an old translation: nothing was tried');
  if (rules === 'unknown') reasons.push('the recording could not be judged to its end');
  if (model === 'unknown') {
    reasons.push(
      evidence.modelled
        ? 'the explorer stopped at its bound'
        : 'the design has no such point in the model',
    );
  }
  if (programs === 'wrong' && rules === 'nothing') reasons.push(lacksEvent);
  if (programs === 'nothing' && rules === 'wrong') {
    reasons.push(
      model === 'nothing'
        ? 'a rule fired where the model says that nothing can go wrong: the model is wrong, or the rule'
        : notLooked,
    );
  }
  if (programs === 'wrong' && model === 'nothing') {
    reasons.push(
      'a program read what the model says nobody can: the model is wrong, or the module',
    );
  }
  if (programs === 'nothing' && model === 'wrong' && reached > 0) {
    reasons.push(whyNotSeen(evidence));
  }
  const known = [programs, rules, model].filter((one) => one === 'wrong' || one === 'nothing');
  const outcome = !wasTried
    ? 'not tried'
    : known.length < 2
      ? 'alone'
      : new Set(known).size === 1
        ? 'agree'
        : 'differ';
  return outcomeOf(outcome, reasons.join('; '));
}

export function outcomeOf(outcome: Outcome, because: string): Agreement {
  return { outcome, agree: outcome === 'agree', because };
}

/** A program read what it must not, and no rule fired. */
export const lacksEvent =
  'a program read what it must not, and no rule fired: the rules lack an event';

/** A rule fired, and no program read what it must not. */
export const notLooked =
  'a rule fired, and no program read what it must not: not reached in the lab, none looked there in time';

/** Why the programs see nothing of what the model says can go wrong. */
function whyNotSeen({ whenOn, paidInstead, paidToo, outOfReach }: Evidence): string {
  if (whenOn?.absent === true) {
    return 'not reached in the lab: this kernel has no function to put the point into';
  }
  if (whenOn !== undefined && whenOn.passed === 0) {
    return `not reached in the lab: ${outOfReach ?? 'no program passes this point'}`;
  }
  if (whenOn !== undefined && whenOn.flushed === 0) {
    return `not reached in the lab: with every point on it was passed ${whenOn.passed} times, and never in debt`;
  }
  if (paidInstead.length > 0) {
    return `not reached in the lab: other points paid, more often than with it: ${paidInstead.join(', ')}`;
  }
  if (paidToo.length > 0) {
    return `not reached in the lab: other points paid as well: ${paidToo.join(', ')}`;
  }
  return 'not reached in the lab: no program looked in time, and nothing else paid';
}
