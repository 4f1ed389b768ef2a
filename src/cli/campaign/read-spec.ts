// A campaign's specification from a file: JSON, or TypeScript that exports it. Both are held against the
// published schema, which is all that says what fits.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { closeMatches } from '../../base/close-match.ts';
import { Problem } from '../../base/problem.ts';
import { CAMPAIGN_SCHEMA, type CampaignSpec } from '../../campaign/spec.ts';
import { exportsOf, looksLikeFile } from '../user-file.ts';

export interface SpecFile {
  readonly spec: CampaignSpec;
  /** Where relative paths in it begin. */
  readonly folder: string;
}

/** @throws Problem LUF-E201 if it cannot be read, LUF-E001 if it cannot be run, LUF-E501 if it does not fit. */
export async function readSpec(file: string): Promise<SpecFile> {
  const folder = dirname(resolve(file));
  const given = looksLikeFile(file) ? await exportedSpec(file) : parsed(file);
  return { spec: checkedSpec(given, file), folder };
}

function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem(
      'LUF-E201',
      `cannot open the file (${(error as NodeJS.ErrnoException).code})`,
      { where: file, hint: 'check the path and the permissions' },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem('LUF-E501', `is no JSON: ${(error as Error).message}`, {
      where: file,
      hint: 'a specification is a JSON file, or a .ts file that exports one: docs/campaigns.md',
    });
  }
}

async function exportedSpec(file: string): Promise<unknown> {
  const found = (await exportsOf(file)).filter(
    (one) => (one as { schema?: unknown } | null)?.schema === CAMPAIGN_SCHEMA,
  );
  if (found.length === 1) return found[0];
  const [what, hint] =
    found.length === 0
      ? [
          'exports no campaign',
          `export const mine: CampaignSpec = { schema: '${CAMPAIGN_SCHEMA}', ... }`,
        ]
      : [`exports ${found.length} campaigns`, 'a file for each'];
  throw new Problem('LUF-E501', what as string, { where: file, hint: hint as string });
}

/** @throws Problem LUF-E501, with the place in the text. */
export function checkedSpec(given: unknown, where: string): CampaignSpec {
  const url = new URL('../../../docs/schema/campaign-1.json', import.meta.url);
  const ajv = new Ajv({ discriminator: true, allErrors: false, verbose: true });
  const validate = ajv.compile(JSON.parse(readFileSync(url, 'utf8')));
  if (!validate(given)) throw misfit((validate.errors ?? []).at(0), where);
  const { bounds, cells } = given as CampaignSpec;
  for (const [at, one] of [
    ['/bounds', bounds] as const,
    ...cells.map((cell, i) => [`/cells/${i}/bounds`, cell.bounds] as const),
  ]) {
    if ((one?.from ?? 0) > (one?.to ?? Infinity)) {
      throw new Problem('LUF-E501', 'looks begin with more states than they end with', {
        where: `${where}: ${at}`,
        hint: '"from" is at most "to"',
      });
    }
  }
  return given as CampaignSpec;
}

function misfit(error: ErrorObject | undefined, file: string): Problem {
  const at = error?.instancePath === '' ? '' : ` ${error?.instancePath}`;
  const params = (error?.params ?? {}) as Record<string, unknown>;
  const where = `${file}:${at === '' ? ' the specification' : at}`;
  const known = Object.keys(
    (error?.parentSchema as { properties?: object } | undefined)?.properties ?? {},
  );
  if (error?.keyword === 'additionalProperties') {
    const name = String(params.additionalProperty);
    const [near] = closeMatches(name, known);
    return new Problem('LUF-E501', `there is no "${name}"`, {
      where,
      hint: near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`,
    });
  }
  const kinds = 'variants, matrix, pairs, mutants, random or traces';
  const allowed = params.allowedValue ?? params.allowedValues;
  const sentence =
    error?.keyword === 'discriminator'
      ? `"kind" is ${JSON.stringify(params.tagValue)}, and must be one of ${kinds}`
      : allowed === undefined
        ? (error?.message ?? 'does not fit')
        : `must be ${JSON.stringify(allowed)}`;
  return new Problem('LUF-E501', sentence, {
    where,
    hint: 'docs/campaigns.md has examples; docs/schema/campaign-1.json is the form',
  });
}
