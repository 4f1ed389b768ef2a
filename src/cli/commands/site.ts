import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../base/problem.ts';
import { counted } from '../../base/text.ts';
import { copySite } from '../../web/server/copy-site.ts';
import { type Call, type Command, command } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const options = {
  output: { type: 'text', short: 'o', value: 'DIR', says: 'the folder to write them to' },
} as const;

export const site: Command<typeof options> = command({
  name: 'site',
  says: 'write the pages as static files, for any web server or a disk',
  usage: '-o DIR',
  about: [
    'Writes the pages that lufcheck serve shows as static files. They need no server of ours: the',
    'explorer runs in the browser, and a recording that is dropped on them stays there. lufcheck.html',
    'among them is all of it in one file, to be opened from a disk or sent to somebody.',
  ],
  options,
  exits: [
    [exitCodes.asExpected, 'written'],
    [exitCodes.usage, 'wrong usage, or a folder with other files in it'],
    [exitCodes.internal, 'internal error'],
  ],
  examples: [['site -o public', 'then: python3 -m http.server -d public']],
  run: runSite,
});

/** Where the built pages are. @throws Problem LUF-E201 if they were not built. */
export function builtPages(): string {
  const folder = fileURLToPath(new URL('../../site', import.meta.url));
  if (!existsSync(`${folder}/index.html`)) {
    throw new Problem('LUF-E201', 'the pages were not built', {
      where: folder,
      hint: 'npm run build',
    });
  }
  return folder;
}

async function runSite({ values, positionals, io }: Call<typeof options>): Promise<ExitCode> {
  const { output } = values;
  if (output === undefined || positionals.length > 0) {
    throw new Problem('LUF-E101', 'to which folder?', {
      where: 'lufcheck site',
      hint: 'lufcheck site -o DIR',
    });
  }
  const files = copySite(builtPages(), output);
  io.out(`${output}: ${counted(files, 'file')}`);
  return exitCodes.asExpected;
}
