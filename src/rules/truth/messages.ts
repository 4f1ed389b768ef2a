// What one thread has told another.

import { each, type Stmts, when } from '../../lang/program.ts';
import type { Tables } from './tables.ts';
import type { Handlers } from './truth-world.ts';

export function messages({
  known,
  may,
  open,
  sent,
  sentMay,
}: Tables): Pick<Handlers, 'message.send' | 'message.receive'> {
  return {
    'message.send': ({ from, to }) => [
      open(to).set(true),
      each('content', (content) => [sent(to, content).set(known(from, content))]),
      each('mm', (mm) => [
        each('va', (va) => [
          sentMay(to, mm, va).read.set(may(from, mm, va).read),
          sentMay(to, mm, va).write.set(may(from, mm, va).write),
          sentMay(to, mm, va).moved.set(may(from, mm, va).moved),
        ]),
      ]),
    ],
    'message.receive': ({ to }) => [
      open(to).set(false),
      each('content', (content) => [
        when(known(to, content).lt(sent(to, content)), [known(to, content).set(sent(to, content))]),
        sent(to, content).set(0),
      ]),
      each('mm', (mm) => [each('va', (va) => receive(may(to, mm, va), sentMay(to, mm, va)))]),
    ],
  };

  /** Later knowledge allows fewer contents: the two sets are nested, so they meet in the newer. */
  function receive(mine: ReturnType<typeof may>, theirs: ReturnType<typeof sentMay>): Stmts {
    const newer = theirs.read.within(mine.read).and(theirs.write.within(mine.write));
    return [
      when(newer, [
        mine.read.set(theirs.read),
        mine.write.set(theirs.write),
        mine.moved.set(theirs.moved),
      ]),
      theirs.read.clear(),
      theirs.write.clear(),
      theirs.moved.set(false),
    ];
  }
}
