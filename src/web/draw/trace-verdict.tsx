// The verdict on a recording, its violations, and the story of the one that is chosen.

import type { JSX } from 'preact';
import { counted, grouped } from '../../base/text.ts';
import { onWhat } from '../../report/trace-text.ts';
import type { TraceMoment, TraceVerdict, TraceViolation } from '../../trace/check/verdict.ts';

interface Props {
  readonly verdict: TraceVerdict;
  readonly chosen: number | undefined;
  readonly onChoose: (index: number) => void;
}

const words = {
  violated: ['violated', 'no legal behaviour of the kernel explains these events'],
  clean: ['holds', 'nothing in it breaks a rule'],
  unknown: ['bounded', 'not violated, and not known to be clean'],
} as const;

export function TraceVerdictPanel({ verdict, chosen, onChoose }: Props): JSX.Element {
  const [kind, says] = words[verdict.verdict];
  const violation = chosen === undefined ? undefined : verdict.violations[chosen];
  return (
    <section class="panel" aria-label="Verdict">
      <h2>
        <span class={`tag ${kind}`}>{verdict.verdict}</span> {says}
      </h2>
      {verdict.groups.map((group) => (
        <p key={`${group.rule} ${group.first}`}>
          <button type="button" onClick={() => onChoose(group.first)}>
            {group.rule}
          </button>{' '}
          {counted(group.count, 'time')}, unmapped by <code>{group.by}</code>, CPU{' '}
          {group.cpus.join(', ')}; first at {group.from} s
        </p>
      ))}
      {violation !== undefined && (
        <ViolationStory
          violation={violation}
          index={chosen ?? 0}
          of={verdict.violations.length}
          onChoose={onChoose}
        />
      )}
      {verdict.reasons.map(({ text, time, cpu }) => (
        <p key={text} class="warn">
          {text}
          {time === undefined ? '' : ` (at ${time} s, CPU ${cpu ?? '?'})`}
        </p>
      ))}
      <details>
        <summary class="dim">what each rule saw, and what is taken for granted</summary>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">rule</th>
              <th scope="col">put to the test</th>
              <th scope="col">violated</th>
            </tr>
          </thead>
          <tbody>
            {verdict.rules.map(({ id, exercised, on, violations, lacks }) => (
              <tr key={id}>
                <td>
                  <code>{id}</code>
                </td>
                <td>
                  {lacks === undefined
                    ? grouped(exercised) + (on === undefined ? '' : onWhat(on))
                    : `not judged: ${lacks.join(', ')}`}
                </td>
                <td>{grouped(violations)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {verdict.notes.map((note) => (
          <p key={note} class="dim">
            {note}
          </p>
        ))}
      </details>
    </section>
  );
}

function ViolationStory(props: {
  readonly violation: TraceViolation;
  readonly index: number;
  readonly of: number;
  readonly onChoose: (index: number) => void;
}): JSX.Element {
  const { violation, index, of, onChoose } = props;
  const { frame, location, unmapped, between, reused, proofs, missing, asked, rule } = violation;
  const at = location === undefined ? '' : ` at ${location.va} (mm ${location.mm})`;
  const name = `frame 0x${frame.toString(16)}`;
  return (
    <div class="trace-story">
      <div class="row">
        <strong class="bad">{rule}</strong>
        <span class="grow" />
        <button type="button" disabled={index === 0} onClick={() => onChoose(index - 1)}>
          before
        </button>
        <span class="dim">
          {index + 1} of {grouped(of)}
        </span>
        <button type="button" disabled={index + 1 >= of} onClick={() => onChoose(index + 1)}>
          next
        </button>
      </div>
      <ol>
        <Moment moment={unmapped} text={`${unmapped.what} emptied the entry${at} of ${name}`} />
        {between.map((one, i) => (
          <Moment
            key={`${one.time} ${i}`}
            moment={one}
            text={one.what === 'mm_page_free' ? 'it was freed' : `it ${one.what}`}
          />
        ))}
        {asked !== undefined && (
          <Moment moment={asked} text="the last request for a flush that could have covered it" />
        )}
        <Moment moment={reused} text={`${reused.what}: ${name} ✗`} isWrong />
      </ol>
      {proofs.map(({ cpu, how, lastFlush, loadedSince }) => (
        <p key={cpu}>
          CPU {cpu} could still use it: {how}.{' '}
          {lastFlush === undefined
            ? 'No flush of it was seen before.'
            : `Its last flush was at ${lastFlush}.`}{' '}
          {loadedSince === undefined ? '' : `It had this mm loaded since ${loadedSince}.`}
        </p>
      ))}
      <p>{missing}.</p>
    </div>
  );
}

function Moment(props: {
  readonly moment: TraceMoment;
  readonly text: string;
  readonly isWrong?: boolean;
}): JSX.Element {
  const { moment, text, isWrong = false } = props;
  return (
    <li class={isWrong ? 'bad' : ''}>
      <span class="mono">{moment.time}</span> CPU {moment.cpu}{' '}
      <span class="dim">{moment.task}</span> {text}
    </li>
  );
}
