import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where the requests of the file service go. Its method may be replaced while the service is open. */
export interface AnswerPort {
  answer(request: IncomingMessage, response: ServerResponse): void;
}
