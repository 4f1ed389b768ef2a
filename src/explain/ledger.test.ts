import { describe, expect, test } from 'vitest';
import { DEADLOCK } from '../explore/search.ts';
import { caseOf } from './story.ts';
import { violationsByRemoval, violationsOfCatalogue } from './testing/violations.ts';

describe('the ledger, which follows events, agrees with truth, which sees bytes', () => {
  const all = [...violationsOfCatalogue(), ...violationsByRemoval()];
  test.each(all.map((one) => [one.name, one] as const))('%s', (_, { verdict, violation }) => {
    const last = violation.steps.at(-1);
    const report = last?.reports.find((one) => one.name === violation.property);
    const { parties, evidence, claims } = caseOf(verdict, violation);
    if (violation.property === DEADLOCK) {
      // Nobody accessed anything, so truth has nothing to say.
      expect([report, parties]).toEqual([undefined, undefined]);
      return;
    }
    expect(report).toBeDefined();
    if (report?.fields.content === undefined && last?.events.at(-1)?.name === 'table.walk') {
      // Hardware read a page table: no bytes of anybody, but a frame that truth knows to be free.
      const walked = claims.find((claim) => claim.kind === 'walked-table');
      expect(walked?.walk.frame).toBe(report?.fields.frame);
      return;
    }
    expect(parties).toBeDefined();
    if (parties === undefined || report === undefined) return;
    const { content, version, known, thread } = report.fields;
    expect(parties.bytes.content).toBe(content);
    if (version !== undefined) expect(parties.bytes.version).toBe(version);
    if (typeof known === 'number' && typeof content === 'number') {
      expect(evidence.ledger.version(thread as number, content)?.version ?? 0).toBe(known);
    }
  });
});
