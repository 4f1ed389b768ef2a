// How the page of html.ts looks. Colour never says anything alone: marks and words say it too.

export const pageStyle = `
:root { color-scheme: light dark; --bad: light-dark(#a40000, #ff8a80); --late: light-dark(#7a4f00, #ffcf70);
  --line: light-dark(#d0d0d0, #484848); --faint: light-dark(#666, #a0a0a0); --back: light-dark(#fff, #161616);
  --text: light-dark(#1a1a1a, #e6e6e6); --lock: light-dark(#3465a4, #7aa7e0); }
body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 75rem; padding: 0 1rem; }
h2 { margin-bottom: .2rem; }
.violated { color: var(--bad); }
.facts, footer, .hardware td, .aside td { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid var(--line); padding: .15rem .7rem; text-align: left; vertical-align: top; }
.n { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.lanes td, .steps td, code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
.hardware td { font-style: italic; }
.held { border-left: 3px solid var(--lock); }
.late td { color: var(--late); border-top: 2px dashed var(--late); }
.wrong td { color: var(--bad); font-weight: 600; }
tr:target td { outline: 2px solid var(--lock); }
dt { float: left; clear: left; width: 5rem; font-weight: 600; }
dd { margin: 0 0 .3rem 5.5rem; overflow-wrap: anywhere; }
.change { display: inline-block; margin-right: 1rem; }
details { margin: .5rem 0; }
a { color: inherit; }
`;
