// One exploration in a process of its own, so that it can be measured like Spin's: reads a case, an
// engine and a number of workers from its arguments, writes the counts to standard output as JSON.

import { cases } from './cases.ts';
import { engineNames, explored } from './engines.ts';

const [id, engine, workers = '1'] = process.argv.slice(2);
const found = cases.find((one) => one.id === id);
const run = engineNames.find((name) => name === engine);
if (found === undefined || run === undefined) throw new Error(`no case ${id} or engine ${engine}`);
const { verdict, states, transitions, depth, bytes } = explored(found, run, Number(workers));
process.stdout.write(`${JSON.stringify({ verdict, states, transitions, depth, bytes })}\n`);
