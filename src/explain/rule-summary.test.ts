// Which alarms are false, on answers made up: two flush points, each of which something needs.

import { expect, test } from 'vitest';
import type { FlushPoint } from '../kernel/kernel.ts';
import { frameReusedBeforeFlush as rule } from '../rules/frame-reused-before-flush.ts';
import type { RuleAnswer } from './rule-answers.ts';
import { summaryOf } from './rule-summary.ts';

const both: readonly FlushPoint[] = ['try_to_unmap_flush', 'prep_new_page'];

interface Made {
  readonly world: string;
  readonly design?: string;
  readonly less?: FlushPoint;
  readonly outcome: 'silent' | 'cries' | 'told' | 'missed';
}

function answer({ world, design = 'luf-v11', less, outcome }: Made): RuleAnswer {
  const points = both.filter((point) => point !== less);
  const isWrong = outcome === 'told' || outcome === 'missed';
  const fires = outcome === 'cries' || outcome === 'told' ? { fires: 5 } : {};
  return {
    name: `${world}:v`,
    situation: `${world}:v`,
    command: ['check', world, design, less ?? ''],
    choice: design,
    ...{ design, points, states: 10 },
    ...(less === undefined ? { kind: 'variant' } : { kind: 'removed', removed: less }),
    truth: isWrong ? 'breaks' : 'holds',
    wrong: isWrong ? [{ what: 'leak', told: outcome === 'told' ? [rule.id] : [], steps: 7 }] : [],
    rules: [
      { id: rule.id, tested: true, before: outcome === 'told', at: false, after: false, ...fires },
    ],
  };
}

function falseAlarms(all: readonly Made[]): number | undefined {
  return summaryOf(all.map(answer), [rule], []).rules[0]?.falseAlarms.count;
}

const needed: readonly Made[] = [
  { world: 'a', outcome: 'silent' },
  { world: 'a', less: 'try_to_unmap_flush', outcome: 'told' },
  { world: 'a', less: 'prep_new_page', outcome: 'told' },
  { world: 'b', outcome: 'silent' },
];
const hidden: readonly Made[] = [
  { world: 'b', less: 'try_to_unmap_flush', outcome: 'cries' },
  { world: 'b', less: 'prep_new_page', outcome: 'cries' },
];

test('less a flush point that another world needs, an alarm is none for nothing, each beside the other', () => {
  expect(falseAlarms([...needed, ...hidden])).toBe(0);
});

test('a rule that cries with all flush points has no excuse for any alarm', () => {
  expect(falseAlarms([...needed, ...hidden, { world: 'c', outcome: 'cries' }])).toBe(3);
});

test('nor has one where what nobody needs is taken away', () => {
  const needless = needed.map((one) =>
    one.less === 'prep_new_page' ? ({ ...one, outcome: 'silent' } as const) : one,
  );
  expect(falseAlarms([...needless, ...hidden])).toBe(2);
});

test('what mainline needs its own flush point for, other designs do, too', () => {
  const cries: Made = { world: 'b', less: 'try_to_unmap_flush', outcome: 'cries' };
  expect(falseAlarms([{ world: 'b', outcome: 'silent' }, cries])).toBe(1);
  const inMainline = needed.map((one) => ({ ...one, design: 'mainline' }));
  expect(falseAlarms([...inMainline, { world: 'd', outcome: 'silent' }, cries])).toBe(0);
});
