import { type Running, Troubled } from './ask.ts';
import type { TraceAnswers, TraceQuestion, TraceReply } from './trace-protocol.ts';

/** Asks about a recording, in a worker of its own. */
export function askTrace<K extends keyof TraceAnswers>(
  kind: K,
  file: Blob,
  name: string,
  progress: (records: number, reading: number) => void,
): Running<TraceAnswers[K]> {
  const worker = new Worker(new URL('./trace-worker.ts', import.meta.url), { type: 'module' });
  const answer = new Promise<TraceAnswers[K]>((done, failed) => {
    worker.onmessage = ({ data }: MessageEvent<TraceReply>) => {
      if (data.kind === 'progress') progress(data.records, data.reading);
      else if (data.kind === 'answer') done(data.answer as TraceAnswers[K]);
      else failed(new Troubled(data.trouble));
    };
    worker.onerror = (event) => failed(new Troubled({ message: event.message }));
    worker.postMessage({ kind, file, name } satisfies TraceQuestion);
  }).finally(() => worker.terminate());
  return { answer, cancel: () => worker.terminate() };
}
