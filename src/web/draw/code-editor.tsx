// The editor of the workbench. It lives in a shadow root: there it adopts style sheets, and needs no style elements,
// which the page's Content-Security-Policy forbids.

import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { askTypes } from '../work/ask-types.ts';
import type { Trouble } from '../work/protocol.ts';
import { completionBy, hoverBy, typeMarks } from './editor-types.ts';

export interface TypeTrouble {
  readonly line: number;
  readonly message: string;
}

interface Props {
  readonly text: string;
  readonly trouble: Trouble | undefined;
  readonly onText: (text: string) => void;
  readonly onRun: () => void;
  /** What is wrong by its types; undefined while that is not known. */
  readonly onTypes: (errors: readonly TypeTrouble[] | undefined) => void;
}

/** Milliseconds without a key until types are looked at. */
const PAUSE = 300;

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

export function CodeEditor({ text, trouble, onText, onRun, onTypes }: Props): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const [types] = useState(askTypes);
  const [wrong, setWrong] = useState<readonly Diagnostic[]>([]);
  /** Texts that were told and have not all come back yet: they are no news, and may be older than what is there. */
  const told = useRef(new Set<string>());
  const tell = useRef({ onText, onRun });
  tell.current = { onText, onRun };
  useEffect(() => types.end, [types]);
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
      autocompletion({ override: [completionBy(types)] }),
      hoverBy(types),
      look,
      new Compartment().of(EditorState.tabSize.of(2)),
      EditorView.contentAttributes.of({
        'aria-label': 'Your path or scenario, in TypeScript',
        tabindex: '0',
      }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        const now = update.state.doc.toString();
        told.current.add(now);
        tell.current.onText(now);
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
        ...lintKeymap,
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
    if (editor === undefined) return;
    const isThere = editor.state.doc.toString() === text;
    if (isThere) told.current.clear();
    // Whoever types faster than the page is drawn loses nothing.
    if (isThere || told.current.has(text)) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    setWrong([]);
    onTypes(undefined);
    const timer = setTimeout(async () => {
      const marks = view.current === undefined ? undefined : await typeMarks(types, view.current);
      if (marks === undefined) return;
      setWrong(marks);
      const { doc } = (view.current as EditorView).state;
      onTypes(
        marks
          .filter(({ severity }) => severity === 'error')
          .map(({ from, message }) => ({ line: doc.lineAt(from).number, message })),
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const own = trouble === undefined ? [] : marks(editor, trouble);
    const fitting = wrong.filter(({ to }) => to <= editor.state.doc.length);
    editor.dispatch(setDiagnostics(editor.state, [...own, ...fitting]));
  }, [trouble, text, wrong]);
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
