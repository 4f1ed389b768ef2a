// Other threads in Node: worker threads, each of which makes its own code of the system's text.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Crew, Helpers } from '../explore/crew.ts';

/** What goes wrong in a thread comes back as text. */
export interface Failure {
  readonly failure: string;
}

export const nodeCrew: Crew = {
  start(setups): Helpers {
    const hands = setups.map((setup, i) => {
      const { port1, port2 } = new MessageChannel();
      const ready = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(entry(), {
        workerData: { setup, port: port2, ready },
        transferList: [port2],
        // Flags of the program are not for its threads.
        execArgv: [],
      });
      port1.unref();
      worker.unref();
      let died: string | undefined;
      const name = `worker ${i + 1}`;
      worker.on('error', (error) => {
        died = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      });
      worker.on('exit', (code) => {
        died ??= `${name} exited with ${code}`;
      });
      return { worker, port: port1, ready, died: () => died };
    });
    return {
      ready: () => hands.every((hand) => Atomics.load(hand.ready, 0) !== 0),
      post(phase) {
        for (const { port } of hands) port.postMessage(phase);
      },
      failure() {
        for (const { port } of hands) {
          const told = receiveMessageOnPort(port) as { message: Failure } | undefined;
          if (told !== undefined) return told.message.failure;
        }
        return undefined;
      },
      lost: () => hands.map(({ died }) => died()).find((why) => why !== undefined),
      close() {
        for (const { worker, port } of hands) {
          port.close();
          void worker.terminate();
        }
      },
    };
  },
};

/**
 * The threads' own file. Threads do not read TypeScript: where this file is still source (tests), the
 * entry is the one that the build has put into dist/.
 */
function entry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, 'thread.js');
  return existsSync(beside) ? beside : join(here, '../../dist/explore-node/thread.js');
}
