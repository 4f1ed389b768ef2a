// One search of the comparison in reductions.ts: reads a world and a side from its arguments, writes
// the counts to standard output as JSON.

import { reduced } from '../src/explain/reduced.ts';
import { DEADLOCK, search } from '../src/explore/search.ts';
import { immediate } from '../src/kernel/designs/immediate.ts';
import { generate } from '../src/lang/generate/generate.ts';
import { Machine } from '../src/lang/machine.ts';
import { symmetricWorld } from '../src/lang/symmetry/testing/symmetric-world.ts';
import { reductionWorlds } from './reductions.ts';

const [id = '', side] = process.argv.slice(2);
const world = reductionWorlds[id];
if (world === undefined || (side !== 'all' && side !== 'none')) {
  throw new Error(`no world ${id} or side ${side}`);
}
const text = symmetricWorld({
  cpus: 3,
  pages: 2,
  frames: 3,
  design: { design: immediate },
  does: world.does,
});
const machine = new Machine(text);
const everything = { symmetry: true, fusion: true, localFirst: true, lateHardware: true };
const system = side === 'all' ? reduced(machine, everything).text : generate(machine);
const { verdict, states, transitions } = search(system, {
  targets: [...machine.properties, DEADLOCK],
  bounds: { maxStates: Infinity, maxSeconds: Infinity, maxBytes: Infinity },
});
process.stdout.write(`${JSON.stringify({ verdict, states, transitions })}\n`);
