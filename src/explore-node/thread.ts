// What runs in a thread of crew.ts: phase after phase, until it is ended.

import { type MessagePort, workerData } from 'node:worker_threads';
import { type HelperSetup, helper } from '../explore/crew.ts';
import type { Phase } from '../explore/part.ts';
import { failureText, isFailed } from '../lang/generate/failure.ts';
import type { Failure } from './crew.ts';

interface Start {
  readonly setup: HelperSetup;
  readonly port: MessagePort;
  readonly ready: Int32Array<SharedArrayBuffer>;
}
const { setup, port, ready } = workerData as Start;
const work = helper(setup, (error) => {
  const failure = isFailed(error)
    ? failureText(error)
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  port.postMessage({ failure } satisfies Failure);
});
port.on('message', (phase: Phase) => work(phase));
Atomics.store(ready, 0, 1);
