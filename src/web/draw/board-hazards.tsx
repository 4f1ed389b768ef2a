import type { JSX } from 'preact';
import { storyAddress } from '../../explain/story-address.ts';
import type { BoardIndex, IndexScenario } from '../compute/board-index.ts';
import { type Filter, passes } from '../compute/board-model.ts';
import { kindOf, propertyText } from '../compute/words.ts';

/** Every scenario with its variants and the verdicts that the catalogue expects of them. */
export function HazardList(props: {
  readonly index: BoardIndex;
  readonly filter: Filter;
}): JSX.Element {
  const { index, filter } = props;
  const shown = index.scenarios.filter((scenario) => isShown(scenario, filter));
  return (
    <>
      <p class="dim" role="status">
        {shown.length} of {index.scenarios.length} hazards. Verdicts here are what the catalogue
        expects and the tests explore; opening one explores it again, in this browser.
      </p>
      <ul class="hazards">
        {shown.map((scenario) => (
          <Hazard key={scenario.id} scenario={scenario} />
        ))}
      </ul>
    </>
  );
}

function isShown({ id, title, says, source, variants }: IndexScenario, filter: Filter): boolean {
  const text = [
    id,
    title,
    says,
    source,
    ...variants.flatMap((one) => [one.id, one.says, one.design]),
  ];
  const cells = variants.map(({ expect }) => ({ kind: kindOf(expect), text: '', about: '' }));
  return passes(filter, text.join(' '), cells);
}

function Hazard({ scenario }: { readonly scenario: IndexScenario }): JSX.Element {
  return (
    <li class="panel">
      <h2>
        <code>{scenario.id}</code> {scenario.title}
      </h2>
      <p class="dim">
        {scenario.says} <span class="source">{scenario.source}</span>
      </p>
      <ul class="variants">
        {scenario.variants.map(({ id, says, design, expect }) => (
          <li key={id}>
            <a
              href={storyAddress({ variant: `${scenario.id}:${id}`, schedule: '' })}
              title={`${says}\nkernel ${design}`}
            >
              <span class={`tag ${kindOf(expect)}`}>{propertyText(expect)}</span>
              <span class="variant">{id}</span>
            </a>
          </li>
        ))}
      </ul>
    </li>
  );
}
