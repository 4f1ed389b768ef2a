// Every command, in the order of the help.

import type { Command } from '../command.ts';
import { check } from './check.ts';
import { list } from './list.ts';
import { rules } from './rules.ts';
import { tour } from './tour.ts';
import { trace } from './trace.ts';
import { verify } from './verify.ts';

export const commands: readonly Command[] = [tour, check, rules, trace, verify, list];
