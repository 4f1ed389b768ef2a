// The worker for types: TypeScript is large, and is read when the workbench is opened.

import { files } from 'virtual:type-files';
import { typeService } from '../compute/type-service.ts';
import type { TypeQuestion, TypeReply } from './ask-types.ts';

interface Port {
  onmessage: ((event: MessageEvent<TypeQuestion>) => void) | null;
  postMessage(reply: TypeReply): void;
}
const port = self as unknown as Port;
const service = typeService(files);

port.onmessage = ({ data: { id, kind, about } }) => {
  const answer = (service[kind] as (...about: readonly unknown[]) => unknown)(...about);
  port.postMessage({ id, answer } satisfies TypeReply);
};
