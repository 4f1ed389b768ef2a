// Every command, in the order of the help. Each is read when it is asked for: the catalogue and the
// readers of traces are hundreds of files, and no command needs them all.

import type { CommandEntry } from '../command.ts';

export const commands: readonly CommandEntry[] = [
  { name: 'tour', load: async () => (await import('./tour.ts')).tour },
  { name: 'check', load: async () => (await import('./check.ts')).check },
  { name: 'replay', load: async () => (await import('./replay.ts')).replay },
  { name: 'diff', load: async () => (await import('./diff.ts')).diff },
  { name: 'rules', load: async () => (await import('./rules.ts')).rules },
  { name: 'mutate', load: async () => (await import('./mutate.ts')).mutate },
  { name: 'campaign', load: async () => (await import('./campaign.ts')).campaign },
  { name: 'trace', load: async () => (await import('./trace.ts')).trace },
  { name: 'record', load: async () => (await import('./record.ts')).record },
  { name: 'lab', load: async () => (await import('./lab.ts')).lab },
  { name: 'whatif', load: async () => (await import('./whatif.ts')).whatif },
  { name: 'convert', load: async () => (await import('./convert.ts')).convert },
  { name: 'serve', load: async () => (await import('./serve.ts')).serve },
  { name: 'site', load: async () => (await import('./site.ts')).site },
  { name: 'verify', load: async () => (await import('./verify.ts')).verify },
  { name: 'list', load: async () => (await import('./list.ts')).list },
];
