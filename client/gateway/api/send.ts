import { createHash } from 'node:crypto';
import * as z from 'zod';
import { endpoint, type AnyEndpoint, type Call, parse, parseJson, typeWithout } from '../http/endpoint.js';
import { messageName, page, shortId, uid } from '../http/fields.js';
import { boundaryOf, dispositionOf, readMultipart, typeOf } from '../http/multipart.js';
import { Problem } from '../http/problem.js';
import { openUploadFolder, type UploadedFile, type UploadFolder } from '../http/upload-folder.js';
import { isPdf } from '../orders/file-kind.js';
import { contentFields, letterFields, type LetterOrder, orderedRequest } from '../orders/order.js';
import type { Addition } from '../outgoing/job.js';
import { pacsNamed } from '../query/remote.js';
import { ruleForFiles } from '../rules/route.js';
import type { Rule } from '../rules/rules.js';
import type { ApiDeps } from './deps.js';
import { jobOf, jobView } from './views.js';

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_PARTS = 50_000;

const message = z.strictObject({
  ...contentFields,
  studies: z
    .array(
      z.strictObject({
        ...{ studyInstanceUid: uid, seriesInstanceUids: z.array(uid).min(1).max(1000).optional() },
        pacs: shortId
          .optional()
          .meta({ description: 'Fetched from this PACS before it is sent; without it a received one' }),
      }),
    )
    .max(100)
    .default([])
    .meta({ description: 'Studies, or some series of them, that need not be handed in' }),
});
type MessageOrder = z.output<typeof message>;
const forward = z.strictObject(letterFields);

const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  description: 'The same request again under the same key is one message, also after a crash of either side',
  pattern: '^[\\x21-\\x7e]{1,128}$',
};

interface NamedFile extends UploadedFile {
  readonly kind: 'instance' | 'report' | 'attachment';
  readonly name: string;
  readonly mediaType: string;
}

export function sendEndpoints(deps: ApiDeps): AnyEndpoint[] {
  const progress = new Map<string, number>();
  deps.outgoing.events.subscribe((event) => {
    if (event.kind === 'progress') progress.set(event.id, event.bytes);
    else if (event.job.state.kind !== 'sending') progress.delete(event.job.id);
  });
  return [sendMessage(deps), forwardMessage(deps), ...jobEndpoints(deps, progress)];
}

function sendMessage(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    method: 'post',
    path: '/messages',
    id: 'sendMessage',
    tag: 'sending',
    summary: 'Send a message with files, or with studies that are here',
    description:
      'As a form, with a part `message` (this JSON) and any number of parts `instance`, at most one `report` (PDF), and parts `attachment`; or as JSON alone. The answer comes when everything is on the disk; what becomes of it is told by the job.',
    scope: 'messages:send',
    body: message,
    streams: [
      {
        type: 'multipart/form-data',
        schema: {
          type: 'object',
          required: ['message'],
          properties: {
            message: { type: 'string', description: 'The JSON document of this operation' },
            report: { type: 'string', format: 'binary' },
            instance: { type: 'array', items: { type: 'string', format: 'binary' } },
            attachment: { type: 'array', items: { type: 'string', format: 'binary' } },
          },
        },
      },
    ],
    headers: [IDEMPOTENCY],
    answers: { 202: { description: 'Accepted and durable', schema: jobView } },
    problems: ['content-refused', 'recipient-unknown', 'too-large', 'idempotency-mismatch', 'not-found', 'disk-full'],
    async handle(call, response) {
      await using upload = await openUploadFolder(deps.uploads);
      const { order, files } =
        typeWithout(call.request) === 'multipart/form-data'
          ? await readForm(call.request, upload)
          : { order: call.body, files: [] };
      const all = [...files, ...studyFiles(deps, order)];
      const job = await accept(deps, call, order, all, null);
      response.status(202).set('Location', `/api/v1/jobs/${job.job}`).json(job);
    },
  });
}

async function readForm(request: Call<unknown, unknown, unknown>['request'], upload: UploadFolder) {
  const files: NamedFile[] = [];
  let order: MessageOrder | null = null;
  for await (const part of readMultipart(request, boundaryOf(request.headers['content-type'] ?? ''), MAX_PARTS)) {
    const { name, filename } = dispositionOf(part) ?? invalid('a part without a name');
    if (name === 'message') {
      if (order !== null) invalid('two parts `message`');
      order = parse(message, parseJson(await wholeOf(part.body)));
    } else if (name === 'instance' || name === 'report' || name === 'attachment') {
      const file = await upload.write(part.body);
      const mediaType = name === 'instance' ? 'application/dicom' : typeOf(part) || 'application/octet-stream';
      files.push({ ...file, kind: name, name: filename ?? name, mediaType });
    } else invalid('a part of an unknown name');
  }
  await assertReport(files);
  return { order: order ?? invalid('no part `message`'), files };
}

async function assertReport(files: NamedFile[]): Promise<void> {
  const reports = files.filter(({ kind }) => kind === 'report');
  if (reports.length > 1) throw new Problem('content-refused', { detail: 'more than one report' });
  for (const { path } of reports) {
    if (!(await isPdf(path)))
      throw new Problem('content-refused', { detail: 'the report is no PDF', fields: ['report'] });
  }
}

async function wholeOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_MESSAGE_BYTES) throw new Problem('too-large', { detail: 'the part `message`' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function studyFiles({ index }: ApiDeps, { studies }: MessageOrder): NamedFile[] {
  return studies.flatMap(({ studyInstanceUid, seriesInstanceUids, pacs }) => {
    if (pacs !== undefined) return [];
    const study = index.study(studyInstanceUid);
    const series = [...(study?.series.values() ?? [])].filter(
      (one) => seriesInstanceUids === undefined || seriesInstanceUids.includes(one.seriesInstanceUid),
    );
    if (series.length === 0) throw new Problem('not-found', { detail: 'no such study here', fields: ['studies'] });
    return series
      .flatMap(({ instances }) => [...instances.values()])
      .map(({ path, bytes, sha256 }): NamedFile => {
        return { path, bytes, sha256, kind: 'instance', name: 'instance', mediaType: 'application/dicom' };
      });
  });
}

/** What is fetched when the job's turn comes: the PACS may be away now. @throws GatewayError `pacs-unknown` */
function additionsOf({ pacs: all }: ApiDeps, { studies = [] }: Partial<Pick<MessageOrder, 'studies'>>): Addition[] {
  return studies.flatMap(({ pacs, studyInstanceUid, seriesInstanceUids = null }): Addition[] =>
    pacs === undefined
      ? []
      : [{ kind: 'study', pacs: pacsNamed(all, pacs).name, studyInstanceUid, seriesInstanceUids }],
  );
}

async function accept(
  deps: ApiDeps,
  { request, key }: Pick<Call<unknown, unknown, unknown>, 'request' | 'key'>,
  order: LetterOrder & Partial<Pick<MessageOrder, 'studies'>>,
  files: readonly NamedFile[],
  forwards: string | null,
) {
  const client = key?.id ?? '';
  const idempotencyKey = request.headers['idempotency-key'];
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,128}$/.test(String(idempotencyKey))) {
    throw new Problem('request-invalid', { fields: ['Idempotency-Key'] });
  }
  const digest = digestOf(order, files, forwards);
  const idempotency = idempotencyKey === undefined ? null : { scope: client, key: String(idempotencyKey), digest };
  // Before the rules are asked: they may be others by now, and the message is the one that was promised.
  const before = await deps.outgoing.repeated(idempotency);
  if (before !== null) return jobOf(before, null);
  const additions = additionsOf(deps, order);
  const rule = order.to.length > 0 ? null : await ruleFor(deps, files);
  const from = { source: { kind: 'api', client }, idempotency, forwards } as const;
  const job = orderedRequest(order, rule, deps.expiresMs, from, additions);
  const draft = await deps.outgoing.draft();
  try {
    for (const { kind, name, mediaType, path } of files) await draft.link({ kind, name, mediaType }, path);
    return jobOf((await deps.outgoing.accept(draft, job)).job, null);
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

function ruleFor({ rules }: ApiDeps, files: readonly NamedFile[]): Promise<Rule> {
  const instances = files.filter(({ kind }) => kind === 'instance').map(({ path }) => path);
  return ruleForFiles(rules, instances, { source: 'api', calledAe: '', callingAe: '' });
}

/** The same request is the same digest, whatever its boundaries and spaces. */
function digestOf(order: unknown, files: readonly NamedFile[], forwards: string | null): string {
  const parts = files.map(({ kind, name, mediaType, sha256 }) => [kind, name, mediaType, sha256]);
  return createHash('sha256')
    .update(JSON.stringify([order, parts, forwards]))
    .digest('hex');
}

function forwardMessage(deps: ApiDeps): AnyEndpoint {
  return endpoint({
    method: 'post',
    path: '/messages/{message}/forward',
    id: 'forwardMessage',
    tag: 'sending',
    summary: "Pass a message's files on",
    description: 'The files do not travel again; the text of the message is not passed on.',
    scope: 'messages:send',
    params: z.strictObject({ message: messageName }),
    body: forward,
    headers: [IDEMPOTENCY],
    answers: { 202: { description: 'Accepted and durable', schema: jobView } },
    problems: ['not-found', 'message-incomplete', 'content-refused', 'idempotency-mismatch'],
    async handle(call, response) {
      const { name } = deps.incoming.get(call.params.message);
      const job = await accept(deps, call, call.body, [], name);
      response.status(202).set('Location', `/api/v1/jobs/${job.job}`).json(job);
    },
  });
}

function jobEndpoints({ outgoing }: ApiDeps, progress: ReadonlyMap<string, number>): AnyEndpoint[] {
  const params = z.strictObject({ job: z.string().regex(/^[0-9a-f]{32}$/) });
  const common = { tag: 'sending', scope: 'messages:send', problems: ['not-found', 'conflict'] } as const;
  const view = (id: string) => jobOf(outgoing.get(id), progress.get(id) ?? null);
  return [
    endpoint({
      ...common,
      ...{ method: 'get', path: '/jobs', id: 'listJobs', summary: 'What is going out and what has gone, by number' },
      query: z.strictObject(page),
      answers: { 200: { description: 'Jobs', schema: z.object({ jobs: z.array(jobView) }) } },
      handle({ query: { after = 0, limit = 100 } }, response) {
        const jobs = outgoing.list({ afterSeq: after, limit }).map((job) => jobOf(job, progress.get(job.id) ?? null));
        response.json({ jobs });
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'get', path: '/jobs/{job}', id: 'getJob', summary: 'How far a job has come' },
      params,
      answers: { 200: { description: 'The job', schema: jobView } },
      handle: ({ params: { job } }, response) => void response.json(view(job)),
    }),
    endpoint({
      ...common,
      ...{
        method: 'post',
        path: '/jobs/{job}/retry',
        id: 'retryJob',
        summary: 'Try a failed job again, with a decision',
      },
      params,
      body: z.strictObject({
        unreadable: z.literal('leave-out').optional(),
        mixedPatients: z.literal('allow').optional(),
        confirmRisk: z.literal(true).optional(),
      }),
      answers: { 202: { description: 'The job', schema: jobView } },
      async handle({ params: { job }, body }, response) {
        const { unreadable, mixedPatients, confirmRisk } = body;
        await outgoing.retry(job, {
          ...(unreadable === undefined ? {} : { unreadable }),
          ...(mixedPatients === undefined ? {} : { mixedPatients }),
          ...(confirmRisk === undefined ? {} : { confirmRisk }),
        });
        response.status(202).json(view(job));
      },
    }),
    endpoint({
      ...common,
      ...{ method: 'post', path: '/jobs/{job}/cancel', id: 'cancelJob', summary: 'Take back what has not been posted' },
      params,
      answers: { 200: { description: 'The job', schema: jobView } },
      async handle({ params: { job } }, response) {
        await outgoing.cancel(job);
        response.json(view(job));
      },
    }),
  ];
}

function invalid(detail: string): never {
  throw new Problem('request-invalid', { detail });
}
