// Loads and stores of user programs, read(2), and what devices store.

import type { FieldsOf } from '../../events/emit.ts';
import { either, type Id } from '../../lang/expr.ts';
import { type Stmts, when } from '../../lang/program.ts';
import type { Tables } from './tables.ts';
import type { TruthWorld } from './truth-world.ts';
import { wrong } from './wrongs.ts';

export interface Accesses {
  readonly load: (e: FieldsOf<'tlb.use'>) => Stmts;
  readonly store: (e: FieldsOf<'tlb.use'>) => Stmts;
  readonly read: (e: FieldsOf<'file.read'>) => Stmts;
  readonly deviceWrite: (e: FieldsOf<'device.write'>) => Stmts;
  /** The frame's bytes are a new version of a content, which its maker knows. */
  readonly newVersion: (frame: Id<'frame'>, content: Id<'content'>, thread: Id<'thread'>) => Stmts;
}

export function accesses(
  world: TruthWorld,
  { bytes, alias, newest, stored, backing, known, replaced, lazyAt, may, ever }: Tables,
): Accesses {
  const newVersion = (frame: Id<'frame'>, content: Id<'content'>, thread: Id<'thread'>): Stmts => [
    newest(content).set(newest(content).plus(1)),
    bytes(frame).content.set(content),
    bytes(frame).version.set(newest(content)),
    bytes(frame).zero.set(false),
    known(thread, content).set(newest(content)),
  ];

  const load = ({ mm, va, frame, thread }: FieldsOf<'tlb.use'>): Stmts => {
    const { content, version: got } = bytes(frame);
    const here = may(thread, mm, va);
    const parties = { thread, mm, va, frame, content, version: got };
    const allowed = content.isSome().and(here.read.has(content.the()));
    const own = world.anonOf(mm, va);
    const shared = content.isSome().and(alias(own).origin.is(content));
    const beyond = shared.and(alias(own).upTo.lt(got));
    const newestThere = got.is(alias(own).upTo);
    const fresh = either(
      shared,
      allowed
        .and(beyond.not())
        .and(newestThere.or(got.ge(known(thread, content.the()))))
        .and(alias(own).from.ge(known(thread, own))),
      allowed.and(got.ge(known(thread, content.the()))),
    );
    return [
      when(
        fresh,
        [when(known(thread, content.the()).lt(got), [known(thread, content.the()).set(got)])],
        [
          when(
            beyond.and(here.read.isSome()),
            [wrong('leak', parties)],
            [
              when(
                here.read.isEmpty(),
                [wrong('stale-permission', parties)],
                [
                  when(
                    content.isSome().and(ever(mm, va).has(content.the())),
                    [wrong('stale-read', { ...parties, known: known(thread, content.the()) })],
                    [wrong('leak', parties)],
                  ),
                ],
              ),
            ],
          ),
        ],
      ),
    ];
  };

  const store = ({ mm, va, frame, thread }: FieldsOf<'tlb.use'>): Stmts => {
    const { content } = bytes(frame);
    const here = may(thread, mm, va);
    const parties = { thread, mm, va, frame, content };
    const one = content.the();
    // The frame was private memory here, and has been discarded since (munmap, MADV_DONTNEED).
    const discarded = content
      .is(world.anonOf(mm, va))
      .and(bytes(frame).version.lt(stored(world.anonOf(mm, va))));
    const unordered = discarded.and(known(thread, one).lt(stored(one)));
    const ok = content
      .isSome()
      .and(here.write.has(one))
      .and(backing(one).is(frame))
      .and(discarded.not());
    // The content was cut off, punched out or replaced from outside since the thread last knew it:
    // the store may as well have come before that, and its bytes are gone either way.
    const before = content
      .isSome()
      .and(here.write.has(one))
      .and(known(thread, one).lt(replaced(one)))
      .and(bytes(frame).version.lt(replaced(one)));
    return [
      when(
        here.write.isEmpty(),
        [wrong('stale-permission', parties)],
        [
          when(
            ok,
            [
              // Where the page may turn into zeroes, and the thread does not know, the store may have
              // come before that: it counts for nothing.
              when(known(thread, one).ge(lazyAt(one)), [
                newVersion(frame, one, thread),
                // After its own store to private memory a thread knows that the file is not there.
                when(one.is(world.anonOf(mm, va)).and(here.moved.not()), [
                  here.read.set(one.only()),
                ]),
              ]),
            ],
            // A store that came before that, or before the discard, as far as its thread knows, goes with
            // it.
            [when(before.or(unordered).not(), [wrong('lost-write', parties)])],
          ),
        ],
      ),
    ];
  };

  /** read(2): as a load, but of a file's page and not of an address. */
  const read = ({ slot, frame, thread }: FieldsOf<'file.read'>): Stmts => {
    const { content, version: got } = bytes(frame);
    const wanted = world.contentOf(slot);
    const parties = { thread, slot, frame, content, version: got };
    return [
      when(
        content.is(wanted),
        [
          when(
            got.lt(known(thread, wanted)),
            [wrong('stale-read', { ...parties, known: known(thread, wanted) })],
            [known(thread, wanted).set(got)],
          ),
        ],
        [wrong('leak', parties)],
      ),
    ];
  };

  const deviceWrite = ({ content, frame, thread }: FieldsOf<'device.write'>): Stmts => {
    const wanted = content.the();
    return [
      when(
        bytes(frame).content.is(wanted).and(backing(wanted).is(frame)),
        newVersion(frame, wanted, thread),
        [wrong('lost-write', { thread, frame, content: bytes(frame).content })],
      ),
    ];
  };
  return { load, store, read, deviceWrite, newVersion };
}
