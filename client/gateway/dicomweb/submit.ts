import { GatewayError } from '../error.js';
import { openUploadFolder } from '../http/upload-folder.js';
import { requestOf } from '../intake/study-jobs.js';
import type { JobRequest } from '../outgoing/job.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import { chooseRule, routedStudy, type Rule } from '../rules/rules.js';
import type { StoredFile, StoreIntake } from './store.js';

export interface StowOptions {
  readonly outgoing: Outgoing;
  readonly rules: readonly Rule[];
  readonly uploads: string;
  readonly expiresMs: number;
}

/** What was handed in goes to the recipient of the path, else each study where the rules send it. */
export function stowIntake({ outgoing, rules, uploads, expiresMs }: StowOptions): StoreIntake {
  async function accept(files: readonly StoredFile[], request: JobRequest): Promise<string> {
    const draft = await outgoing.draft();
    try {
      for (const { path } of files) {
        await draft.link({ kind: 'instance', name: 'instance', mediaType: 'application/dicom' }, path);
      }
      return (await outgoing.accept(draft, request)).job.id;
    } catch (error) {
      await draft.discard();
      throw error;
    }
  }
  return {
    upload: () => openUploadFolder(uploads),
    async submit(files, recipient, client) {
      const source = { kind: 'stow', client } as const;
      if (recipient !== null) {
        return [
          await accept(files, {
            ...{ source, idempotency: null, to: [recipient], cc: [], bcc: [], subject: '', text: '' },
            ...{ replyTo: null, forwards: null, urgency: null, deidentification: null },
            ...{ expiresInMs: expiresMs, mixedPatients: 'refuse', unreadable: 'refuse' },
          }),
        ];
      }
      // Every study has its rule before the first one is taken: all of it, or nothing.
      const ways = byStudy(files).map((study) => ({ study, rule: ruleOf(rules, study) }));
      const jobs: string[] = [];
      for (const { study, rule } of ways) jobs.push(await accept(study, requestOf(rule, source, null, expiresMs)));
      return jobs;
    },
  };
}

function byStudy(files: readonly StoredFile[]): StoredFile[][] {
  const studies = new Map<string, StoredFile[]>();
  for (const file of files) {
    const { studyInstanceUid } = file.scan;
    const study = studies.get(studyInstanceUid);
    if (study === undefined) studies.set(studyInstanceUid, [file]);
    else study.push(file);
  }
  return [...studies.values()];
}

function ruleOf(rules: readonly Rule[], [first]: readonly StoredFile[]): Rule {
  const from = { source: 'stow', calledAe: '', callingAe: '' } as const;
  const rule = first === undefined ? null : chooseRule(rules, routedStudy(first.scan, from));
  if (rule === null) throw new GatewayError('recipient-missing', 'no recipient in the path, and no rule fits');
  return rule;
}
