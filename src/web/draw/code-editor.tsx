// The editor of the workbench. It lives in a shadow root: there it adopts style sheets, and needs no style elements,
// which the page's Content-Security-Policy forbids.

import { api } from 'virtual:public-api';
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Trouble } from '../work/protocol.ts';

interface Props {
  readonly text: string;
  readonly trouble: Trouble | undefined;
  readonly onText: (text: string) => void;
  readonly onRun: () => void;
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier], color: 'var(--accent)' },
  { tag: [tags.string, tags.number, tags.bool], color: 'var(--good)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.className], color: 'var(--warn)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--panel)', color: 'var(--text)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.45' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--dim)', border: 'none' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft) !important',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    maxWidth: '620px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--panel)',
  },
  // The library's own underline is a picture in a data address, which the page's policy forbids.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--bad)',
  },
  '.cm-lintRange-active': { backgroundColor: 'var(--bad-soft)' },
  '.api': {
    padding: '6px 9px',
    whiteSpace: 'pre-wrap',
    fontFamily: 'var(--mono)',
    fontSize: '12px',
  },
  '.api p': { fontFamily: 'system-ui, sans-serif', margin: '6px 0 0' },
});

function apiText(name: string): HTMLElement | undefined {
  const entry = api.find((one) => one.name === name);
  if (entry === undefined) return undefined;
  const box = document.createElement('div');
  box.className = 'api';
  box.append(entry.signature);
  if (entry.says !== '') {
    const says = document.createElement('p');
    says.textContent = entry.says;
    box.append(says);
  }
  return box;
}

const completionKinds = { function: 'function', type: 'type', constant: 'constant' } as const;

function complete(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/\w+/);
  if (word === null || (word.from === word.to && !context.explicit)) return null;
  if (context.state.sliceDoc(word.from - 1, word.from) === '.') return null;
  return {
    from: word.from,
    options: api.map(({ name, kind }) => ({
      label: name,
      type: completionKinds[kind],
      info: () => apiText(name) ?? null,
    })),
  };
}

const hover = hoverTooltip((view, at) => {
  const word = view.state.wordAt(at);
  if (word === null) return null;
  const box = apiText(view.state.sliceDoc(word.from, word.to));
  return box === undefined ? null : { pos: word.from, end: word.to, create: () => ({ dom: box }) };
});

export function CodeEditor({ text, trouble, onText, onRun }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const tell = useRef({ onText, onRun });
  tell.current = { onText, onRun };
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const extensions = [
      lineNumbers(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightSelectionMatches(),
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      autocompletion({ override: [complete] }),
      hover,
      look,
      new Compartment().of(EditorState.tabSize.of(2)),
      EditorView.contentAttributes.of({
        'aria-label': 'Your path or scenario, in TypeScript',
        tabindex: '0',
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) tell.current.onText(update.state.doc.toString());
      }),
      keymap.of([
        {
          key: 'Mod-Enter',
          run: () => {
            tell.current.onRun();
            return true;
          },
        },
        ...completionKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
    ];
    const editor = new EditorView({ doc: text, extensions, parent: root, root });
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    editor.dispatch(
      setDiagnostics(editor.state, trouble === undefined ? [] : marks(editor, trouble)),
    );
  }, [trouble, text]);
  return <div class="editor" ref={host} />;
}

/** A trouble on its line: `workbench.ts:12`. */
function marks(editor: EditorView, { where, message, hint }: Trouble): Diagnostic[] {
  const line = Number(/workbench\.ts:(\d+)/.exec(where ?? '')?.[1] ?? 0);
  if (line < 1 || line > editor.state.doc.lines) return [];
  const { from, to } = editor.state.doc.line(line);
  const text = hint === undefined ? message : `${message} (${hint})`;
  return [{ from, to, severity: 'error', message: text }];
}
