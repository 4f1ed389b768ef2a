// A user's TypeScript file in a page: types are taken out, `lufcheck` means this package, and what it exports
// are scenarios. It runs in a worker, which has no access to the page.

import { transform } from 'sucrase';
import { Problem } from '../../base/problem.ts';
import { isScenario, type Scenario } from '../../catalogue/scenario.ts';
import * as lufcheck from '../../index.ts';
import { rememberPlaces } from '../../lang/program.ts';

const NAME = 'workbench.ts';
/** Lines that `new Function` puts before the text. */
const LINES_BEFORE = 2;

/**
 * The scenarios that a file exports, under any name, alone or in arrays.
 *
 * @throws Problem LUF-E001 if it cannot be understood or run, LUF-E204 if it exports no scenario.
 */
export function scenariosIn(source: string): Scenario[] {
  let code: string;
  try {
    code = transform(source, { transforms: ['typescript', 'imports'], filePath: NAME }).code;
  } catch (error) {
    throw unreadable(error, source);
  }
  rememberPlaces(() => placeIn(new Error().stack ?? ''));
  const exported: Record<string, unknown> = {};
  try {
    new Function('exports', 'require', `${code}\n//# sourceURL=${NAME}`)(exported, imported);
  } catch (error) {
    throw inSource(error);
  }
  const found = Object.values(exported).flat().filter(isScenario);
  if (found.length === 0) {
    throw new Problem('LUF-E204', 'the text exports no scenario', {
      hint: "export const mine: Scenario = { id: 'mine', ... }",
    });
  }
  return found;
}

function imported(name: string): unknown {
  if (name === 'lufcheck') return lufcheck;
  throw new Problem('LUF-E001', `'${name}' cannot be imported in a page`, {
    hint: "only 'lufcheck' can; with other files of your own use lufcheck check FILE.ts",
  });
}

/** An error that arose while the text ran or its model was built, as a Problem with its line. */
export function inSource(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const place = placeIn(error.stack ?? '');
  if (place === undefined) return error;
  const hint = error instanceof Problem && error.hint !== undefined ? { hint: error.hint } : {};
  if (error instanceof Problem && error.where !== undefined) return error;
  const code = error instanceof Problem ? error.code : 'LUF-E001';
  return new Problem(code, error.message, { where: place, ...hint });
}

/** Sucrase keeps lines as they are, and says `Error (3:14)`. */
function unreadable(error: unknown, source: string): Problem {
  const { message } = error as Error;
  const [, line = '1', column = '1'] = /\((\d+):(\d+)\)/.exec(message) ?? [];
  const text = message.replace(/^Error transforming [^:]*: /, '').replace(/\s*\(\d+:\d+\)$/, '');
  const where = `${NAME}:${line}:${column}`;
  const near = source.split('\n')[Number(line) - 1]?.trim().slice(0, 60) ?? '';
  return new Problem('LUF-E001', text, { where, hint: near === '' ? 'look there' : near });
}

/** The innermost line of the text in a stack: `workbench.ts:12`. */
function placeIn(stack: string): string | undefined {
  const match = /workbench\.ts:(\d+):\d+/.exec(stack);
  if (match === null) return undefined;
  return `${NAME}:${Math.max(1, Number(match[1]) - LINES_BEFORE)}`;
}
