// What a script can rely on. See DESIGN, section 11.

export const exitCodes = {
  /** Every verdict is the expected one. */
  asExpected: 0,
  /** A verdict is not the expected one. */
  surprise: 1,
  /** The user's input or command line does not work. */
  usage: 2,
  /** A bound stopped it before it could say. */
  bounded: 3,
  /** A bug of lufcheck. */
  internal: 70,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Each code that a command can end with, and what it means there. */
export type ExitMeanings = readonly (readonly [ExitCode, string])[];

/** For commands that give verdicts with an expectation. */
export const exitMeanings: ExitMeanings = [
  [exitCodes.asExpected, 'every verdict is as expected'],
  [exitCodes.surprise, 'a verdict is not'],
  [
    exitCodes.usage,
    'wrong usage or input; with several questions, one of them (outweighs 1 and 3)',
  ],
  [exitCodes.bounded, 'stopped at a bound or by Ctrl-C before it could say'],
  [exitCodes.internal, 'internal error, or the thread of a question died (outweighs all)'],
];
