// A worker for one question about a recording. The file is read piece by piece where it is; nothing of it leaves
// the browser.

import { counted, grouped } from '../../base/text.ts';
import { checkTrace } from '../../trace/check/check-trace.ts';
import { readEvents } from '../../trace/events/read-events.ts';
import type { ByteSource } from '../../trace/formats/byte-source.ts';
import { isEventLines, readEventLines } from '../../trace/formats/event-lines.ts';
import type { TraceInfo } from '../../trace/formats/trace-record.ts';
import { whatIf } from '../../whatif/what-if.ts';
import { debtsOf } from '../compute/debts.ts';
import { buffersOf, TraceTableWriter } from '../compute/trace-table.ts';
import type { TracePicture, TraceQuestion, TraceReply } from './trace-protocol.ts';
import { troubleOf } from './trouble.ts';

interface Port {
  onmessage: ((event: MessageEvent<TraceQuestion>) => void) | null;
  postMessage(reply: TraceReply, transfer?: Transferable[]): void;
}
const port = self as unknown as Port;

function sourceOf({ name, file }: TraceQuestion): ByteSource {
  return {
    name,
    size: file.size,
    read: async (offset, length) =>
      new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  };
}

const TELL = 1 << 16;

async function picture(source: ByteSource): Promise<TracePicture> {
  const writer = new TraceTableWriter();
  let records = 0;
  let info: TraceInfo | undefined;
  let gaps: TracePicture['gaps'] = [];
  const onEvent = (event: Parameters<TraceTableWriter['add']>[0]): void => {
    writer.add(event);
    if (++records % TELL === 0) port.postMessage({ kind: 'progress', records, reading: 2 });
  };
  if (await isEventLines(source)) await readEventLines(source, onEvent);
  else {
    await readEvents(source, {
      onInfo: (one) => {
        info = one;
      },
      onGaps: (some) => {
        gaps = some;
      },
      onEvent,
    });
  }
  const table = writer.finish();
  const facts = [
    `${counted(table.count, 'event')} that matter`,
    ...(writer.left === 0 ? [] : [`${grouped(writer.left)} after them are not drawn, only judged`]),
    counted(table.cpuCount, 'CPU'),
    ...(info?.release === undefined ? [] : [`Linux ${info.release}`]),
    ...(info?.clock === undefined ? [] : [`clock ${info.clock}`]),
    ...(info === undefined ? ['events of our own vocabulary'] : [info.format]),
    ...(gaps.length === 0 ? [] : [counted(gaps.length, 'gap')]),
  ];
  return {
    table,
    debts: debtsOf(table),
    gaps,
    base: info?.timeBase ?? 0n,
    facts: facts.join(' · '),
  };
}

port.onmessage = async ({ data }) => {
  const source = sourceOf(data);
  try {
    if (data.kind === 'table') {
      const answer = await picture(source);
      const buffers = answer.debts.flatMap(({ from, to, pages }) => [
        from.buffer as ArrayBuffer,
        to.buffer as ArrayBuffer,
        pages.buffer as ArrayBuffer,
      ]);
      port.postMessage({ kind: 'answer', answer }, [...buffersOf(answer.table), ...buffers]);
    } else if (data.kind === 'verdict') {
      const answer = await checkTrace(source, {
        onProgress: (reading, records) => port.postMessage({ kind: 'progress', reading, records }),
      });
      port.postMessage({ kind: 'answer', answer });
    } else {
      const answer = await whatIf(source, {
        onProgress: (reading, records) => port.postMessage({ kind: 'progress', reading, records }),
      });
      port.postMessage({ kind: 'answer', answer });
    }
  } catch (error) {
    port.postMessage({ kind: 'trouble', trouble: troubleOf(error) });
  }
};
