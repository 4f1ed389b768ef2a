// Of the ten rules that the historic bugs suggest, those that are none here, and why.

export interface NoRule {
  /** By its number among the historic bugs. */
  readonly id: string;
  readonly says: string;
  readonly why: string;
}

export const notRules: readonly NoRule[] = [
  {
    id: 'R6',
    says: 'each flush covers all that may hold the entry',
    why: 'it is about how a flush is made; one that covers too little is seen by the rules that ask for it',
  },
  {
    id: 'R7',
    says: 'an owed flush is recorded, and survives',
    why: 'it is about how a flush is made; one that is forgotten is seen by the rules that ask for it',
  },
  {
    id: 'R10',
    says: 'a tag (ASID, PCID) is not given to another address space while entries under it remain',
    why: 'the events name address spaces and not tags, and on x86 no tracepoint and no argument of a function says which tag a CPU loads; truth finds what goes wrong by it, and no rule announces it',
  },
];
