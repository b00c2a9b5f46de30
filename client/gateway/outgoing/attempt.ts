import { join } from 'node:path';
import { reopenWithArchives } from '../../core/archive/reopen.js';
import { type Desk } from '../../core/desk.js';
import { isViewFailure } from '../../core/directory/view-failure.js';
import { CoreError } from '../../core/error.js';
import { type MessageId } from '../../core/ids.js';
import { planCounts } from '../../core/package/plan.js';
import { failureKind } from '../../core/relay/retry.js';
import { forwardMessage } from '../../core/receive/forward.js';
import { findLetter } from '../../core/receive/inbox.js';
import { type Collection } from '../../core/send/collect.js';
import { deidentifyStudies, reopenDeidentified } from '../../core/send/deidentify.js';
import { type GearWish } from '../../core/send/gear.js';
import { lookUpAhead } from '../../core/send/look-up.js';
import { type DocumentSource, type PlannedPackage, planPackage } from '../../core/send/plan-package.js';
import {
  type Letter,
  type SendOptions,
  type Sent,
  newFileId,
  resumeMessage,
  sendMessage,
} from '../../core/send/send.js';
import { type CollectedStudy } from '../../core/send/study-tree.js';
import { collectPaths } from '../../node/collect-thread.js';
import { deidentifiersOf, recipeOf } from '../../node/deidentifier.js';
import { diskFile, reopenDiskSource } from '../../node/disk-source.js';
import { NodeError } from '../../node/error.js';
import { loadProfile } from '../../node/named-profile.js';
import { setAsideOnDisk } from '../../node/set-aside.js';
import { GatewayError } from '../error.js';
import { type Job, type JobCounts, type JobFailureKind } from './job.js';

/** One attempt to send a job: from its folder to the relay. */

export interface AttemptOptions {
  readonly desk: Desk;
  readonly folder: string;
  readonly coding: GearWish;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  /** Everything is known that will be sent: durable before anything is. */
  readonly onCollected: (counts: JobCounts, skipped: Job['skipped']) => Promise<void>;
}

/** What a job can be refused for; a person decides, and tries again. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
  readonly code: 'mixed-patients' | 'instances-unreadable' | 'deidentification-refused';
  readonly skipped: Job['skipped'];

  constructor(code: JobRefused['code'], skipped: Job['skipped'] = []) {
    super(code);
    this.code = code;
    this.skipped = skipped;
  }
}

/** @param messageId recorded with the job, durably. @throws CoreError, NodeError, JobRefused */
export async function attemptJob(job: Job, messageId: MessageId, options: AttemptOptions): Promise<Sent['state']> {
  const { desk, signal, onProgress, coding } = options;
  const sendOptions: SendOptions = {
    reopen: reopenDeidentified(
      reopenWithArchives(reopenDiskSource, setAsideOnDisk),
      deidentifiersOf(desk.account.content),
    ),
    ...{ coding, signal, onProgress, messageId },
  };
  switch (desk.account.state.outgoing.get(messageId)) {
    case 'sent':
      return 'sent';
    case 'prepared':
      return (await resumeMessage(desk, messageId, sendOptions)).state;
    case 'aborted':
      throw new CoreError('source-changed', 'the message was given up');
    case undefined:
      return (await sendAnew(job, sendOptions, options)).state;
  }
}

async function sendAnew(job: Job, sendOptions: SendOptions, options: AttemptOptions): Promise<Sent> {
  const { desk } = options;
  const letter = letterOf(desk, job);
  if (job.request.forwards !== null) {
    const original = findLetter(desk.account, job.request.forwards);
    await options.onCollected(onlyCounts(original.body.summary), []);
    return forwardMessage(desk, original, letter, sendOptions);
  }
  const ahead = lookUpAhead(desk, letter);
  const { planned, skipped } = await collect(job, options, sendOptions);
  if (planned === null && job.request.text === '') throw new CoreError('nothing-to-send', 'nothing to send');
  await options.onCollected(countsOf(planned), skipped);
  return sendMessage(desk, letter, planned, { ...sendOptions, ahead });
}

function countsOf(planned: PlannedPackage | null): JobCounts {
  if (planned === null) return { studies: 0, instances: 0, bytes: 0 };
  return onlyCounts({ studies: planned.plan.studies.length, ...planCounts(planned.plan) });
}

/** Both sources count more than this, and a job's file takes no more (docs/spec/spool.md §3). */
function onlyCounts({ studies, instances, bytes }: JobCounts): JobCounts {
  return { studies, instances, bytes };
}

function letterOf(desk: Desk, { request }: Job): Letter {
  const nowMs = desk.clock.now();
  const { to, cc, bcc, subject, text, urgency } = request;
  return {
    ...{ to, cc, bcc, subject, text },
    replyTo: repliedTo(desk, request.replyTo),
    urgency: urgency === null ? null : { deadlineMs: nowMs + urgency.withinMs, reason: urgency.reason },
    expiresMs: nowMs + request.expiresInMs,
  };
}

function repliedTo({ account }: Desk, text: string | null): Letter['replyTo'] {
  if (text === null) return null;
  const { stored, body } = findLetter(account, text);
  return { messageId: stored.header.messageId, threadId: body.threadId };
}

async function collect(job: Job, options: AttemptOptions, { reopen }: SendOptions) {
  const { folder, signal } = options;
  const documents = await documentsOf(job, folder);
  if (!job.files.some(({ kind }) => kind === 'instance')) {
    return { planned: documents.length === 0 ? null : planPackage([], documents, newFileId), skipped: [] };
  }
  // In a thread: what a modality or a program hands over is from outside, and can be anything.
  const collection = await collectPaths([join(folder, 'instances')], { reopen, signal });
  const skipped = skippedOf(collection);
  assertTaken(job, collection, skipped);
  const studies = await deidentified(job, collection.studies, options);
  const planned = planPackage(studies, documents, newFileId);
  return { planned: studies.length === 0 && documents.length === 0 ? null : planned, skipped };
}

function skippedOf({ others, skipped, duplicates }: Collection): Job['skipped'] {
  const left = [...others, ...skipped].map(({ path, reason }) => ({ path, reason }));
  const twice = duplicates
    .filter(({ kind }) => kind === 'identical')
    .map(({ path }) => ({ path, reason: 'duplicate' }));
  return [...left, ...twice];
}

function assertTaken({ request }: Job, { mixedPatients }: Collection, skipped: Job['skipped']): void {
  const unreadable = skipped.filter(({ reason }) => reason !== 'duplicate' && reason !== 'directory');
  if (unreadable.length > 0 && request.unreadable === 'refuse')
    throw new JobRefused('instances-unreadable', unreadable);
  if (mixedPatients && request.mixedPatients === 'refuse') throw new JobRefused('mixed-patients');
}

async function documentsOf(job: Job, folder: string): Promise<DocumentSource[]> {
  const documents: DocumentSource[] = [];
  for (const { kind, name, mediaType, path } of job.files) {
    if (kind === 'instance') continue;
    documents.push({ kind, mediaType, source: { ...(await diskFile(join(folder, path))), name } });
  }
  return documents;
}

async function deidentified(
  { request }: Job,
  studies: readonly CollectedStudy[],
  { desk, signal }: AttemptOptions,
): Promise<readonly CollectedStudy[]> {
  const { deidentification } = request;
  if (deidentification === null) return studies;
  const profile = await loadProfile(deidentification.profile, undefined);
  if (profile.kind === 'unchanged') return studies;
  const recipe = recipeOf(profile, deidentification.purpose);
  const result = await deidentifyStudies(studies, {
    deidentifier: deidentifiersOf(desk.account.content)(recipe),
    recipe,
    decision: deidentification.confirmRisk ? 'confirmed' : 'hold',
    signal,
  });
  const blocked = result.blocked.map(({ path, reason }) => ({ path, reason: codeOf(reason) }));
  if (blocked.length > 0) throw new JobRefused('deidentification-refused', blocked);
  return result.studies;
}

function codeOf(reason: unknown): string {
  if (typeof reason === 'string') return reason;
  return typeof reason === 'object' && reason !== null && 'kind' in reason ? String(reason.kind) : 'refused';
}

/** What a PACS refuses today it may have tomorrow; that it does not know a study, or us, is for a person. */
const WAITED_FOR: ReadonlySet<string> = new Set([
  'pacs-unreachable',
  'pacs-rejected',
  'association-broken',
  'fetch-incomplete',
]);

/** What the failure of an attempt says about the job. `aborted` is no failure: the gateway ends. */
export function jobFailureOf(error: unknown): { readonly kind: JobFailureKind | 'aborted'; readonly code: string } {
  if (error instanceof JobRefused) return { kind: 'permanent', code: error.code };
  if (error instanceof CoreError) {
    if (error.code === 'aborted') return { kind: 'aborted', code: error.code };
    // Nothing is sealed while the directory cannot be believed, except that a fork is for people.
    if (isViewFailure(error) && error.code !== 'log-forked') return { kind: 'transient', code: error.code };
    return { kind: failureKind(error), code: error.code };
  }
  if (error instanceof NodeError) {
    return { kind: error.code === 'path-unreadable' ? 'permanent' : 'transient', code: error.code };
  }
  if (error instanceof GatewayError && (WAITED_FOR.has(error.code) || error.code === 'spool-full')) {
    return { kind: 'transient', code: error.code };
  }
  if (error instanceof GatewayError && error.code === 'draining') return { kind: 'aborted', code: error.code };
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal-error';
  return { kind: 'permanent', code };
}
