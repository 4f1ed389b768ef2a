// The built pages as a folder of static files.

import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../base/problem.ts';

/** The number of files written. @throws Problem LUF-E201 where there is something else already. */
export function copySite(root: string, folder: string): number {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !isSite(folder)) {
    throw new Problem('LUF-E201', 'the folder has other files in it', {
      where: folder,
      hint: 'name a new or an empty one',
    });
  }
  cpSync(root, folder, { recursive: true });
  const files = readdirSync(root, { recursive: true, withFileTypes: true });
  return files.filter((one) => one.isFile()).length;
}

function isSite(folder: string): boolean {
  return existsSync(join(folder, 'index.html')) && existsSync(join(folder, 'assets'));
}
