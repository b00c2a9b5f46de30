import type { z } from 'zod';
import type { jobView, messageDetail, messageView } from '../api/views.js';
import type { EventType } from '../webhooks/event-log.js';

/** A small client of the gateway's interface on `fetch` alone. */

export interface GatewayClientOptions {
  /** `http://127.0.0.1:8042` */
  readonly url: string;
  readonly key: string;
}

export interface NewMessage {
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject?: string;
  readonly text?: string;
  readonly replyTo?: string;
  readonly urgent?: { readonly withinMinutes: number; readonly reason: string };
  readonly studies?: readonly { readonly studyInstanceUid: string; readonly seriesInstanceUids?: readonly string[] }[];
}

export interface NewFiles {
  readonly report?: Uint8Array;
  readonly instances?: readonly Uint8Array[];
}

export type MessageView = z.infer<typeof messageView>;
export type MessageDetail = z.infer<typeof messageDetail>;
export type JobView = z.infer<typeof jobView>;

/** What the gateway refuses: decide by `code`. */
export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number) {
    super(code);
    this.code = code;
    this.status = status;
  }
}

export interface GatewayClient {
  /** @param idempotencyKey the same again is one message @throws GatewayProblem, from every method */
  send(message: NewMessage, files: NewFiles, idempotencyKey?: string): Promise<JobView>;
  job(id: string): Promise<JobView>;
  list(after?: number): Promise<{ readonly messages: readonly MessageView[]; readonly next: number | null }>;
  read(message: string): Promise<MessageDetail>;
  report(message: string): Promise<Buffer>;
  createWebhook(hook: {
    readonly url: string;
    readonly events: readonly EventType[];
  }): Promise<{ readonly webhook: string; readonly secret: string }>;
}

export function createGatewayClient({ url, key }: GatewayClientOptions): GatewayClient {
  async function ask(
    method: string,
    path: string,
    body?: string | FormData,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const headers = { Authorization: `Bearer ${key}`, ...more };
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as { readonly code?: string };
    throw new GatewayProblem(problem.code ?? 'unknown', answer.status);
  }
  const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
  return {
    send(message, { report, instances = [] }, idempotencyKey) {
      const form = new FormData();
      form.set('message', JSON.stringify(message));
      if (report !== undefined) form.set('report', blobOf(report, 'application/pdf'), 'befund.pdf');
      for (const one of instances) form.append('instance', blobOf(one, 'application/dicom'), 'instance.dcm');
      return json(
        ask('POST', '/messages', form, idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      );
    },
    job: (id) => json(ask('GET', `/jobs/${id}`)),
    list: (after = 0) => json(ask('GET', `/messages?after=${after}`)),
    read: (message) => json(ask('GET', `/messages/${message}`)),
    report: async (message) => Buffer.from(await (await ask('GET', `/messages/${message}/report`)).arrayBuffer()),
    createWebhook: (hook) =>
      json(ask('POST', '/webhooks', JSON.stringify(hook), { 'Content-Type': 'application/json' })),
  };
}

function blobOf(bytes: Uint8Array, type: string): Blob {
  return new Blob([Uint8Array.from(bytes)], { type });
}
