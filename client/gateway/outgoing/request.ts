import { MAX_SUBJECT, MAX_TEXT } from '../../core/letter-limits.js';
import { GatewayError } from '../error.js';
import { type SpoolFile } from '../spool/draft.js';
import { type JobRequest } from './job.js';

const DAY_MS = 86_400_000;
const MIN_EXPIRY_MS = 10 * DAY_MS;
const MAX_EXPIRY_MS = 365 * DAY_MS;
const MAX_RECIPIENTS = 100;

/** What would fail for good later is refused before it is accepted. @throws GatewayError `job-invalid` */
export function assertRequest(request: JobRequest, files: readonly SpoolFile[]): void {
  const { to, cc, bcc, subject, text, forwards, expiresInMs, deidentification, additions = [] } = request;
  const wrong = (reason: string): never => {
    throw new GatewayError('job-invalid', reason);
  };
  if (to.length === 0) wrong('no recipient');
  if (to.length + cc.length + bcc.length > MAX_RECIPIENTS) wrong('too many recipients');
  if (subject.length > MAX_SUBJECT || text.length > MAX_TEXT) wrong('subject or text too long');
  if (expiresInMs < MIN_EXPIRY_MS || expiresInMs > MAX_EXPIRY_MS) wrong('expiry from 10 to 365 days');
  const isFetched = additions.some(({ kind }) => kind === 'study');
  if (files.length === 0 && text === '' && forwards === null && !isFetched) wrong('nothing to send');
  if (forwards !== null && (files.length > 0 || additions.length > 0)) wrong('files are passed on or sent, not both');
  // A document says who the patient is, and nothing here can take it out.
  if (deidentification !== null && files.some(({ kind }) => kind !== 'instance'))
    wrong('documents with de-identification');
}
