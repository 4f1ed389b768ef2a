// What went wrong with something a user handed us: one sentence, a stable code, the place and a
// hint. Throwing a Problem never shows a stack; any other error is a bug of ours and does.

/** Stable codes. Never reuse a number: scripts and bug reports quote them. */
export type ProblemCode =
  | 'LUF-E001' // a path or rule is written wrongly (the model's own language)
  | 'LUF-E002' // a path touches state that it did not declare
  | 'LUF-E003' // protected state written without its lock
  | 'LUF-E004' // a value left its declared range
  | 'LUF-E005' // no run of a scenario comes to its end
  | 'LUF-E006' // a model in which TLB fills cannot be hidden (--tlb=may)
  | 'LUF-E101' // unknown command or option
  | 'LUF-E102' // unknown scenario, variant, design, rule or flush point
  | 'LUF-E103' // an option's value does not fit
  | 'LUF-E104' // options that do not go together
  | 'LUF-E105' // a question too large, or of a verdict that cannot be certified
  | 'LUF-E106' // a certificate that does not show what it says
  | 'LUF-E107' // a thread of a search ended, or fell silent, before its work was done
  | 'LUF-E111' // a schedule that cannot be followed, or does not end in a violation
  | 'LUF-E201' // file missing or unreadable
  | 'LUF-E202' // not a format we read
  | 'LUF-E203' // damaged or truncated input
  | 'LUF-E204' // readable, but nothing in it that a rule can use
  | 'LUF-E205' // a feature of the format that we do not read
  | 'LUF-E301' // the thread that was to answer a question died
  | 'LUF-E302' // a bug of lufcheck, met while it answered one question of several
  | 'LUF-E501' // a campaign's specification that does not fit its form
  | 'LUF-E502' // no such campaign, or one that cannot do what is asked
  | 'LUF-E503' // a campaign's database that is damaged
  | 'LUF-E504' // a campaign's database that another process writes
  | 'LUF-E505' // a campaign's database that cannot be written: full disk, permissions
  | 'LUF-E506' // a worker with another program, or other files, than who asks
  | 'LUF-E507'; // a campaign's queue that cannot be reached or used

/**
 * An error the user can mend.
 *
 * @example
 * ```ts
 * new Problem('LUF-E201', 'cannot read the file', { where: 'a.dat', hint: 'check the path' }).render()
 * // => 'LUF-E201 a.dat: cannot read the file\n  hint: check the path'
 * ```
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ProblemCode, sentence: string, more: { where?: string; hint?: string } = {}) {
    super(sentence);
    this.name = 'Problem';
    this.code = code;
    this.where = more.where;
    this.hint = more.hint;
  }

  render(): string {
    const place = this.where === undefined ? '' : `${this.where}: `;
    const hint = this.hint === undefined ? '' : `\n  hint: ${this.hint}`;
    return `${this.code} ${place}${this.message}${hint}`;
  }
}
