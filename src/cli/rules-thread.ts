// What runs in a thread of rules-pool.ts: one scenario of the catalogue after the other.

import { parentPort } from 'node:worker_threads';
import { scenarios } from '../catalogue/all.ts';
import { answersToTask, type RulesMessage, type RulesTask } from './rules-pool.ts';

const tell = (message: RulesMessage): void => parentPort?.postMessage(message);

parentPort?.on('message', (task: RulesTask) => {
  const whole = scenarios.find((one) => one.id === task.scenario);
  if (whole === undefined) throw new Error(`no scenario '${task.scenario}'`);
  const variants = whole.variants.filter((one) => task.variants.includes(one.id));
  const answers = answersToTask(
    task,
    { ...whole, variants },
    { onAnswer: ({ name }) => tell({ kind: 'answer', name }) },
  );
  tell({ kind: 'done', answers });
});
