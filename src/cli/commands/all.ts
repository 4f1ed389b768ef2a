// Every command, in the order of the help.

import type { Command } from '../command.ts';
import { check } from './check.ts';
import { convert } from './convert.ts';
import { list } from './list.ts';
import { record } from './record.ts';
import { tour } from './tour.ts';
import { trace } from './trace.ts';
import { verify } from './verify.ts';
import { whatif } from './whatif.ts';

export const commands: readonly Command[] = [
  tour,
  check,
  trace,
  record,
  whatif,
  convert,
  verify,
  list,
];
