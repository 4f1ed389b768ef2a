// Whose bytes a frame holds, and which frame a store must reach.

import type { Id } from '../../lang/expr.ts';
import { each, type Stmts, when } from '../../lang/program.ts';
import type { Accesses } from './accesses.ts';
import { sharing } from './sharing.ts';
import type { Tables } from './tables.ts';
import type { Handlers, TruthWorld } from './truth-world.ts';
import { wrong } from './wrongs.ts';

/** Handlers of all events about frames, swap slots and entries. */
export function frames(
  world: TruthWorld,
  tables: Tables,
  newVersion: Accesses['newVersion'],
): Handlers {
  const { bytes, swapped, alias, stored, backing, isTable } = tables;
  const { becomeOwn, mayFind, fork } = sharing({ ...tables, anonOf: world.anonOf });
  const noTable = (frame: Id<'frame'>): Stmts =>
    isTable === undefined ? [] : [isTable(frame).set(false)];
  return {
    // No program sees the walk, but it sees what comes of one through bytes of somebody else.
    'table.walk': ({ cpu, mm, frame }) =>
      isTable === undefined
        ? []
        : [when(isTable(frame).not(), [wrong('leak', { cpu, mm, frame })])],
    'frame.fill': ({ frame, content }) => [
      noTable(frame),
      bytes(frame).content.set(content),
      when(
        content.isSome(),
        [bytes(frame).version.set(stored(content.the()))],
        [bytes(frame).version.set(0)],
      ),
      bytes(frame).zero.set(content.isSome()),
    ],
    'frame.write': ({ frame, content, thread }) => [
      noTable(frame),
      when(content.isSome(), newVersion(frame, content.the(), thread), [
        bytes(frame).content.clear(),
        bytes(frame).version.set(0),
        bytes(frame).zero.set(false),
      ]),
    ],
    'frame.copy': ({ from, frame, content }) => [
      noTable(frame),
      when(content.isSome(), becomeOwn(bytes(from), frame, content.the()), [
        bytes(frame).content.set(bytes(from).content),
        bytes(frame).version.set(bytes(from).version),
        bytes(frame).zero.set(false),
      ]),
    ],
    'frame.adopt': ({ mm, va, frame }) => [
      becomeOwn(bytes(frame), frame, world.anonOf(mm, va)),
      when(bytes(frame).content.is(world.anonOf(mm, va)), [
        backing(world.anonOf(mm, va)).set(frame),
        mayFind(mm, va, world.anonOf(mm, va)),
      ]),
    ],
    'frame.merge': ({ mm, va, old, frame }) => [
      when(bytes(frame).content.isSome(), [
        alias(world.anonOf(mm, va)).origin.set(bytes(frame).content),
        alias(world.anonOf(mm, va)).upTo.set(bytes(frame).version),
        alias(world.anonOf(mm, va)).from.set(bytes(old).version),
        mayFind(mm, va, bytes(frame).content.the()),
      ]),
    ],
    'swap.write': ({ swap, frame }) => [
      swapped(swap).content.set(bytes(frame).content),
      swapped(swap).version.set(bytes(frame).version),
    ],
    'swap.read': ({ swap, frame }) => [
      bytes(frame).content.set(swapped(swap).content),
      bytes(frame).version.set(swapped(swap).version),
      bytes(frame).zero.set(false),
    ],
    'mm.fork': (e) => [each('va', (va) => fork(e, va))],
    'frame.free': ({ frame }) => [
      bytes(frame).zero.set(false),
      each('content', (content) => [when(backing(content).is(frame), [backing(content).clear()])]),
    ],
    'pte.set': ({ mm, va, frame }) => {
      const anon = world.anonOf(mm, va);
      return [
        when(bytes(frame).content.is(anon), [
          backing(anon).set(frame),
          when(bytes(frame).zero, [bytes(frame).version.set(stored(anon))]),
          bytes(frame).zero.set(false),
          mayFind(mm, va, anon),
        ]),
      ];
    },
  };
}
