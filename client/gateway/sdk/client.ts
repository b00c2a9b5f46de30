import type { z } from 'zod';
import type { deidentifiedView } from '../api/deidentify.js';
import type { patientView, seriesView, studyView } from '../api/pacs.js';
import type { deedView } from '../api/handovers.js';
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
  readonly studies?: readonly NamedStudy[];
}

export interface NamedStudy {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUids?: readonly string[];
  /** Fetched from this PACS before it is sent; without it a received one. */
  readonly pacs?: string;
}

export interface NewFiles {
  readonly report?: Uint8Array;
  readonly instances?: readonly Uint8Array[];
}

export type MessageView = z.infer<typeof messageView>;
export type MessageDetail = z.infer<typeof messageDetail>;
export type JobView = z.infer<typeof jobView>;
export type PacsPatient = z.infer<typeof patientView>;
export type PacsStudy = z.infer<typeof studyView>;
export type PacsSeries = z.infer<typeof seriesView>;
export type Deed = z.infer<typeof deedView>;
export type DeidentifiedView = z.infer<typeof deidentifiedView>;

/** `*` and `?` and ranges of dates like `20260101-20261231`; at least one. */
export interface PacsCriteria {
  readonly patientId?: string;
  readonly patientName?: string;
  readonly birthDate?: string;
}

export interface PacsStudyCriteria extends PacsCriteria {
  readonly accessionNumber?: string;
  readonly studyDate?: string;
  readonly modality?: string;
  readonly studyInstanceUid?: string;
}

export interface DeidentifyOrder {
  readonly profile: string;
  readonly options?: readonly string[];
  readonly purpose?: string;
  readonly refused?: 'refuse' | 'leave-out';
  readonly confirmRisk?: boolean;
  readonly studies?: readonly Omit<NamedStudy, 'pacs'>[];
}

export interface Deidentified extends DeidentifiedView {
  /** By the name that `files` gives. */
  readonly copies: ReadonlyMap<string, Buffer>;
}

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

/** `more`: there are more than the limit. */
export type Found<Rows> = Rows & { readonly more: boolean };

export interface LocalPatientFields {
  readonly patientId: string;
  readonly issuer?: string;
  /** `Family^Given` */
  readonly name: string;
  /** `19600203` */
  readonly birthDate?: string;
  readonly sex?: string;
  readonly accessionNumber?: string;
}

export interface GatewayClient {
  /** @param idempotencyKey the same again is one message @throws GatewayProblem, from every method */
  send(message: NewMessage, files: NewFiles, idempotencyKey?: string): Promise<JobView>;
  job(id: string): Promise<JobView>;
  list(after?: number): Promise<{ readonly messages: readonly MessageView[]; readonly next: number | null }>;
  read(message: string): Promise<MessageDetail>;
  report(message: string): Promise<Buffer>;
  /** Taken on by this mailbox, for all its devices to see; and done. */
  claim(message: string): Promise<void>;
  done(message: string): Promise<void>;
  /** Which systems of the practice have got it. */
  deeds(message: string): Promise<readonly Deed[]>;
  /** Whose report it is, where the practice software waits for that. */
  handOver(
    message: string,
    to: { readonly person: string; readonly patient: LocalPatientFields; readonly exchange?: string },
  ): Promise<void>;
  pacs(): Promise<readonly { readonly pacs: string; readonly aeTitle: string; readonly store: string }[]>;
  echoPacs(pacs: string): Promise<void>;
  pacsPatients(pacs: string, criteria: PacsCriteria): Promise<Found<{ readonly patients: readonly PacsPatient[] }>>;
  /** A study that is found, a prior for instance, is sent by naming it with its PACS in `send`. */
  pacsStudies(pacs: string, criteria: PacsStudyCriteria): Promise<Found<{ readonly studies: readonly PacsStudy[] }>>;
  pacsSeries(pacs: string, study: string): Promise<Found<{ readonly series: readonly PacsSeries[] }>>;
  /** To a PACS that does not get everything by itself; `deeds` says how far it is. */
  storeInPacs(pacs: string, message: string): Promise<void>;
  /** De-identified copies and the report; nothing is sent. */
  deidentify(order: DeidentifyOrder, instances?: readonly Uint8Array[]): Promise<Deidentified>;
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
    createWebhook: (hook) => json(ask('POST', '/webhooks', JSON.stringify(hook), JSON_BODY)),
    claim: (message) => nothing(ask('POST', `/messages/${message}/claim`)),
    done: (message) => nothing(ask('POST', `/messages/${message}/done`)),
    deeds: async (message) =>
      (await json<{ readonly deeds: readonly Deed[] }>(ask('GET', `/messages/${message}/deeds`))).deeds,
    handOver: (message, to) => nothing(ask('POST', `/messages/${message}/handover`, JSON.stringify(to), JSON_BODY)),
    pacs: async () =>
      (await json<{ readonly pacs: Awaited<ReturnType<GatewayClient['pacs']>> }>(ask('GET', '/pacs'))).pacs,
    echoPacs: (pacs) => nothing(ask('POST', `/pacs/${pacs}/echo`)),
    pacsPatients: (pacs, criteria) => json(ask('GET', `/pacs/${pacs}/patients?${queryOf(criteria)}`)),
    pacsStudies: (pacs, criteria) => json(ask('GET', `/pacs/${pacs}/studies?${queryOf(criteria)}`)),
    pacsSeries: (pacs, study) => json(ask('GET', `/pacs/${pacs}/studies/${study}/series`)),
    storeInPacs: (pacs, message) => nothing(ask('POST', `/pacs/${pacs}/messages/${message}`)),
    async deidentify(order, instances = []) {
      const form = new FormData();
      form.set('order', JSON.stringify(order));
      for (const one of instances) form.append('instance', blobOf(one, 'application/dicom'), 'instance.dcm');
      return deidentifiedOf(await ask('POST', '/deidentify', form, { Accept: 'multipart/related' }));
    },
  };
}

const JSON_BODY = { 'Content-Type': 'application/json' };

async function nothing(answer: Promise<Response>): Promise<void> {
  await (await answer).arrayBuffer();
}

function queryOf(criteria: PacsStudyCriteria): URLSearchParams {
  return new URLSearchParams(Object.entries(criteria as Readonly<Record<string, string>>));
}

/** The report is the first part, and says by which names the copies follow. */
async function deidentifiedOf(answer: Response): Promise<Deidentified> {
  const boundary = /boundary=([^;]+)/.exec(answer.headers.get('Content-Type') ?? '')?.[1] ?? '';
  const bytes = Buffer.from(await answer.arrayBuffer());
  const parts = new Map<string, Buffer>();
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  for (let at = bytes.indexOf(delimiter); at >= 0;) {
    const head = bytes.indexOf('\r\n\r\n', at + delimiter.length);
    const end = bytes.indexOf(delimiter, at + delimiter.length);
    if (head < 0 || end < 0) break;
    const name = /Content-Location: (\S+)/.exec(bytes.toString('latin1', at, head))?.[1] ?? '';
    parts.set(name, bytes.subarray(head + 4, end));
    at = end;
  }
  const about = JSON.parse(parts.get('deidentification.json')?.toString('utf8') ?? 'null') as DeidentifiedView | null;
  const copies = new Map(about?.files.map(({ name }) => [name, parts.get(name) ?? missing()]));
  return { ...(about ?? missing()), copies };
}

/** A connection that ends early is no answer. */
function missing(): never {
  throw new GatewayProblem('answer-incomplete', 200);
}

function blobOf(bytes: Uint8Array, type: string): Blob {
  return new Blob([Uint8Array.from(bytes)], { type });
}
