import { expect, test } from 'vitest';
import { type Mutant, scoreOf, scores } from '../explain/mutants/score.ts';
import type { MutantAnswer } from '../explain/mutants/trial.ts';
import { mutantsPage } from './mutants-page.ts';
import { survivor } from './testing/survivor.ts';

function mutant(id: string, answer: Partial<MutantAnswer>, unexplored = 0): Mutant {
  const [unit = ''] = id.split('/');
  return survivor(answer, { unit, id, unexplored });
}

function pageOf(mutants: readonly Mutant[]): string {
  const total = scoreOf('all', mutants);
  const pages = { mutants, total, scores: scores(mutants), shares: [], maxStates: 10 };
  const catalogue = { scenarios: 2, variants: 5 };
  return mutantsPage({ ...pages, catalogue, finished: true }, 'lufcheck mutate --page').join('\n');
}

test('the page says what was looked through', () => {
  expect(pageOf([])).toContain('Looked through: 5 variants that hold, of 2 scenarios.');
});

test('every survivor is on the page once, with why: decided ones, those with something to see, the others', () => {
  const mutants = [
    mutant('f/decided', { different: ['folio.lock'] }),
    mutant('f/seen', { different: ['tlb.frame'] }, 1),
    mutant('f/same', { alike: 2 }, 1),
    mutant('f/records', { different: ['folio.lock'], left: 3 }),
    mutant('g/partly', { reaching: 0, whole: 0 }, 1),
    mutant('g/found', { outcome: 'truth', found: { variant: 's:v', what: 'leak', rules: [] } }),
  ];
  const page = pageOf(mutants);
  const [, survivors = '', others = ''] =
    /## Survivors(.*)## The other open ones(.*)/s.exec(page) ?? [];
  for (const name of ['decided', 'seen', 'same', 'records', 'partly']) {
    const times = (text: string): number => text.split(`\`${name}\``).length - 1;
    expect([name, times(survivors) + times(others)]).toEqual([name, 1]);
  }
  expect(survivors).toContain(
    '- `decided`: nothing wrong in 2 variants; other values in folio.lock',
  );
  expect(others).toContain(
    '- `f`: no difference so far (1): `same`; other values in locks, counts, debts and marks only (1): `records`',
  );
  expect(others).toContain('- `g`: only in variants too large to be explored whole (1): `partly`');
  expect(survivors + others).not.toContain('`found`');
});
