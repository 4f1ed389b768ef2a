// What runs in a thread of crew.ts: phase after phase, until it is ended.

import { type MessagePort, workerData } from 'node:worker_threads';
import { type HelperSetup, helper } from '../explore/crew.ts';
import type { Phase } from '../explore/part.ts';
import { failureText, isFailed } from '../lang/generate/failure.ts';
import type { Failure } from './crew.ts';

const { setup, port } = workerData as { setup: HelperSetup; port: MessagePort };
const work = helper(setup, (error) => {
  const failure = isFailed(error)
    ? failureText(error)
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  port.postMessage({ failure } satisfies Failure);
});
port.on('message', (phase: Phase) => work(phase));
