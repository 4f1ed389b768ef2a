import { emit } from '../../events/emit.ts';
import { type Id, me } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { step, waitStep } from '../../lang/program.ts';
import type { UserState } from '../user-kernel.ts';

/**
 * One thread tells another, through a pipe or a flag in memory that both already share: what it
 * did before is known to the other one once it has heard.
 */
export function tell(k: UserState, to: Id<'thread'>): Code {
  return step('tell', emit('message.send', { from: me, to }), k.told(to).set(true));
}

export function hear(k: UserState, from: Id<'thread'>): Code {
  return waitStep(
    'hear',
    k.told(me),
    emit('message.receive', { from, to: me }),
    k.told(me).set(false),
  );
}
