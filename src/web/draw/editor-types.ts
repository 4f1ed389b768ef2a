// What the editor of the workbench shows of TypeScript's answers: errors at their places, completion, explanations.

import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Diagnostic } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';
import type { Offered } from '../compute/type-service.ts';
import type { AskedTypes } from '../work/ask-types.ts';

/** Offers what could stand at the cursor; a name of the public API is imported when it is taken. */
export function completionBy(
  types: AskedTypes,
): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const word = context.matchBefore(/[\w$]*/);
    const from = word?.from ?? context.pos;
    const isMember = context.state.sliceDoc(from - 1, from) === '.';
    if (from === context.pos && !isMember && !context.explicit) return null;
    const text = context.state.doc.toString();
    const offers = await types.offers(text, context.pos);
    if (offers.length === 0) return null;
    return {
      from,
      validFor: /^[\w$]*$/,
      options: offers.map((offer) => completionOf(types, offer, text, context.pos)),
    };
  };
}

function completionOf(
  types: AskedTypes,
  { label, type, boost, isNew }: Offered,
  text: string,
  at: number,
): Completion {
  return {
    ...{ label, type, boost },
    ...(isNew ? { detail: 'import', apply: taking(types, label) } : {}),
    info: async () => boxOf(await types.details(text, at, label, isNew)),
  };
}

/** Puts the name where it was typed, and its import where imports are. */
function taking(types: AskedTypes, label: string): NonNullable<Completion['apply']> {
  return (view, _, from, to) => {
    const text = view.state.doc.toString();
    view.dispatch({
      changes: { from, to, insert: label },
      selection: { anchor: from + label.length },
    });
    void types.details(text, to, label, true).then(({ changes }) => {
      // Whoever typed on meanwhile did so below the imports; what no longer fits is left out.
      const isAbove = changes.every((change) => change.to <= from);
      if (isAbove) view.dispatch({ changes: [...changes] });
    });
  };
}

/** Explains what the pointer rests on. */
export function hoverBy(types: AskedTypes): Extension {
  return hoverTooltip(async (view, at) => {
    const found = await types.explain(view.state.doc.toString(), at);
    if (found === undefined || found.to > view.state.doc.length) return null;
    return { pos: found.from, end: found.to, create: () => ({ dom: boxOf(found) }) };
  });
}

/** The errors of a text; undefined where it has changed meanwhile. */
export async function typeMarks(
  types: AskedTypes,
  view: EditorView,
): Promise<Diagnostic[] | undefined> {
  const { doc } = view.state;
  const marks = await types.marks(doc.toString());
  if (view.state.doc !== doc) return undefined;
  return marks.map(({ from, to, message, isError }) => ({
    from,
    // A mark that is empty would not be seen.
    to: Math.min(doc.length, Math.max(to, from + 1)),
    message,
    severity: isError ? 'error' : 'warning',
  }));
}

function boxOf({
  signature,
  says,
}: {
  readonly signature: string;
  readonly says: string;
}): HTMLElement {
  const box = document.createElement('div');
  box.className = 'api';
  box.append(signature);
  if (says !== '') {
    const comment = document.createElement('p');
    comment.textContent = says;
    box.append(comment);
  }
  return box;
}
