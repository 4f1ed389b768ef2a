// TypeScript's own language service over one text: errors, completion and explanations, as the editor of the
// workbench shows them. It runs in a worker; no file is read but those it is given.

import ts from 'typescript-in-page';

export interface TypeMark {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly isError: boolean;
}

export interface Offered {
  readonly label: string;
  /** As CodeMirror calls it. */
  readonly type: string;
  /** Above 0 for what fits best. */
  readonly boost: number;
  /** It is not imported yet. */
  readonly isNew: boolean;
}

export interface Explained {
  readonly from: number;
  readonly to: number;
  readonly signature: string;
  readonly says: string;
}

export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export interface TypeService {
  readonly marks: (text: string) => TypeMark[];
  /** What could stand at a place. */
  readonly offers: (text: string, at: number) => Offered[];
  /** What stands at a place. */
  readonly explain: (text: string, at: number) => Explained | undefined;
  /** What a name that is offered means, and the changes that import it. */
  readonly details: (
    text: string,
    at: number,
    name: string,
    isNew: boolean,
  ) => Omit<Explained, 'from' | 'to'> & { readonly changes: readonly TextChange[] };
}

const TEXT = '/workbench.ts';
const API = '/lufcheck/index.d.ts';
const PACKAGE = 'lufcheck';

/** As strict as examples/tsconfig.json. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  paths: { [PACKAGE]: [API] },
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  noUncheckedSideEffectImports: true,
};
const preferences: ts.UserPreferences = {
  includeCompletionsForModuleExports: true,
  includeCompletionsWithInsertText: false,
  allowIncompleteCompletions: false,
  quotePreference: 'single',
  importModuleSpecifierPreference: 'non-relative',
};

/** `files` by path, as `typeFiles` gathers them. */
export function typeService(files: Readonly<Record<string, string>>): TypeService {
  let text = '';
  let version = 0;
  const read = (path: string): string | undefined =>
    path === TEXT ? text : Object.hasOwn(files, path) ? files[path] : undefined;
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    // The API is there, whether or not the text imports it: its names are offered.
    getScriptFileNames: () => [TEXT, API],
    getScriptVersion: (path) => (path === TEXT ? String(version) : '1'),
    getScriptSnapshot: (path) => {
      const content = read(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => '/',
    getDefaultLibFileName: () => '/lib/lib.es2022.d.ts',
    fileExists: (path) => read(path) !== undefined,
    readFile: read,
    directoryExists: (path) => path === '/' || path === '/lib' || path.startsWith('/lufcheck'),
    getDirectories: () => [],
  });
  const look = (next: string): void => {
    if (next === text) return;
    text = next;
    version++;
  };
  return {
    marks: (next) => {
      look(next);
      return [
        ...service.getSyntacticDiagnostics(TEXT),
        ...service.getSemanticDiagnostics(TEXT),
      ].map(({ start = 0, length = 0, messageText, category }) => ({
        from: start,
        to: start + length,
        message: ts.flattenDiagnosticMessageText(messageText, '\n'),
        isError: category === ts.DiagnosticCategory.Error,
      }));
    },
    offers: (next, at) => {
      look(next);
      const found = service.getCompletionsAtPosition(TEXT, at, preferences)?.entries ?? [];
      return found
        .filter(({ source }) => source === undefined || source === PACKAGE)
        .map(({ name, kind, sortText, source }) => ({
          label: name,
          type: kinds[kind] ?? 'variable',
          // Members and locals sort before imports, and those before the globals of the language.
          boost: source === PACKAGE ? 1 : Math.max(-20, 15 - (Number.parseInt(sortText, 10) || 35)),
          isNew: source === PACKAGE,
        }));
    },
    explain: (next, at) => {
      look(next);
      const info = service.getQuickInfoAtPosition(TEXT, at);
      if (info === undefined) return undefined;
      const { start, length } = info.textSpan;
      return { from: start, to: start + length, ...inWords(info) };
    },
    details: (next, at, name, isNew) => {
      look(next);
      const source = isNew ? PACKAGE : undefined;
      const entry = service
        .getCompletionsAtPosition(TEXT, at, preferences)
        ?.entries.find((one) => one.name === name && one.source === source);
      const details = service.getCompletionEntryDetails(
        ...([TEXT, at, name, {}, source, preferences, entry?.data] as const),
      );
      const changes = (details?.codeActions ?? []).flatMap((action) => action.changes);
      return {
        ...inWords(details),
        changes: changes.flatMap(({ textChanges }) =>
          textChanges.map(({ span, newText }) => ({
            from: span.start,
            to: span.start + span.length,
            insert: newText,
          })),
        ),
      };
    },
  };
}

interface Words {
  readonly displayParts?: readonly ts.SymbolDisplayPart[];
  readonly documentation?: readonly ts.SymbolDisplayPart[];
}

function inWords(info: Words | undefined): { signature: string; says: string } {
  return {
    signature: ts.displayPartsToString([...(info?.displayParts ?? [])]),
    says: ts.displayPartsToString([...(info?.documentation ?? [])]),
  };
}

const kinds: Readonly<Record<string, string>> = {
  function: 'function',
  method: 'method',
  property: 'property',
  getter: 'property',
  interface: 'interface',
  type: 'type',
  class: 'class',
  const: 'constant',
  keyword: 'keyword',
  string: 'text',
};
