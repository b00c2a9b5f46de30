import * as z from 'zod';
import { safetyNumberWith } from '../../core/contacts/contacts.js';
import { entryName } from '../../core/directory/practice-name.js';
import { reportMailbox } from '../../core/directory/report.js';
import { matcherOf } from '../dicomweb/match.js';
import { type AnyEndpoint, endpoint } from '../http/endpoint.js';
import { address, decimal, text, timestamp } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { firstText } from '../received/data-set.js';
import type { Instance, Study } from '../received/received.js';
import type { ApiDeps } from './deps.js';

export function searchEndpoints(deps: ApiDeps): AnyEndpoint[] {
  return [studySearch(deps), patientSearch(deps), directorySearch(deps), directoryEntry(deps)];
}

/** By attribute, as DICOM matches: `*` and `?`, ranges of dates, names without case and accents. */
const FIELDS = {
  patientId: { tag: '00100020', vr: 'LO' },
  patientName: { tag: '00100010', vr: 'PN' },
  birthDate: { tag: '00100030', vr: 'DA' },
  accessionNumber: { tag: '00080050', vr: 'SH' },
  studyDate: { tag: '00080020', vr: 'DA' },
} as const;
type Field = keyof typeof FIELDS;

const criteria = {
  patientId: text(64).optional(),
  patientName: text(200).optional(),
  birthDate: text(20).optional(),
  accessionNumber: text(64).optional(),
  studyDate: text(20).optional(),
  limit: decimal(1, 500).optional(),
  offset: decimal(0, 1_000_000).optional(),
};

const studyView = z.object({
  studyInstanceUid: z.string(),
  patientId: z.string(),
  patientName: z.string(),
  birthDate: z.string(),
  sex: z.string(),
  studyDate: z.string(),
  description: z.string(),
  accessionNumber: z.string(),
  modalities: z.array(z.string()),
  series: z.number().int(),
  instances: z.number().int(),
  receivedAt: timestamp,
  messages: z.array(z.string()),
});

function studySearch({ index }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...{ method: 'get', path: '/studies', id: 'searchStudies', tag: 'studies', scope: 'images:read' },
    summary: 'Received studies, newest first',
    query: z.strictObject(criteria),
    answers: {
      200: { description: 'Studies', schema: z.object({ studies: z.array(studyView), total: z.number().int() }) },
    },
    handle({ query }, response) {
      const found = matching(index.studies(), query);
      const { offset = 0, limit = 100 } = query;
      response.json({ studies: found.slice(offset, offset + limit).map(viewOfStudy), total: found.length });
    },
  });
}

const patientView = z.object({
  patientId: z.string(),
  issuer: z.string(),
  patientName: z.string(),
  birthDate: z.string(),
  sex: z.string(),
  studies: z.array(z.string()),
});

function patientSearch({ index }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...{ method: 'get', path: '/patients', id: 'searchPatients', tag: 'studies', scope: 'images:read' },
    summary: 'Patients as the received studies name them',
    description:
      'Two are one only when everything that names them is the same: who they are here is for the practice to say.',
    query: z.strictObject(criteria),
    answers: {
      200: { description: 'Patients', schema: z.object({ patients: z.array(patientView), total: z.number().int() }) },
    },
    handle({ query }, response) {
      const patients = new Map<string, z.infer<typeof patientView>>();
      for (const study of matching(index.studies(), query)) {
        const { data } = firstOf(study);
        const { patientId, patientName, birthDate, sex, studyInstanceUid } = viewOfStudy(study);
        const issuer = firstText(data, '00100021');
        const key = JSON.stringify([patientId, issuer, patientName, birthDate, sex]);
        const known = patients.get(key) ?? { patientId, issuer, patientName, birthDate, sex, studies: [] };
        known.studies.push(studyInstanceUid);
        patients.set(key, known);
      }
      const { offset = 0, limit = 100 } = query;
      const all = [...patients.values()];
      response.json({ patients: all.slice(offset, offset + limit), total: all.length });
    },
  });
}

function matching(studies: readonly Study[], query: Partial<Record<Field, string | undefined>>): Study[] {
  const matchers = (Object.keys(FIELDS) as Field[]).flatMap((field) => {
    const value = query[field];
    const { tag, vr } = FIELDS[field];
    const matches = value === undefined ? null : matcherOf(vr, value);
    return matches === null ? [] : [{ tag, matches }];
  });
  return studies.filter((study) => {
    const { data } = firstOf(study);
    return matchers.every(({ tag, matches }) => matches(data[tag]));
  });
}

function firstOf(study: Study): Instance {
  for (const { instances } of study.series.values()) for (const instance of instances.values()) return instance;
  throw new RangeError('a study without instances');
}

function viewOfStudy(study: Study): z.infer<typeof studyView> {
  const { data } = firstOf(study);
  const instances = [...study.series.values()].flatMap((series) => [...series.instances.values()]);
  return {
    studyInstanceUid: study.studyInstanceUid,
    patientId: firstText(data, '00100020'),
    patientName: firstText(data, '00100010'),
    birthDate: firstText(data, '00100030'),
    sex: firstText(data, '00100040'),
    studyDate: firstText(data, '00080020'),
    description: firstText(data, '00081030'),
    accessionNumber: firstText(data, '00080050'),
    modalities: [...new Set(instances.map((one) => firstText(one.data, '00080060')))]
      .filter((one) => one !== '')
      .sort(),
    series: study.series.size,
    instances: instances.length,
    receivedAt: study.receivedAt,
    messages: [...study.messages],
  };
}

const entryView = z.object({
  mailbox: z.string(),
  mailboxId: z.string(),
  name: z.string(),
  nameVerified: z.boolean(),
  place: z.string().nullable(),
});

function directorySearch({ desk }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...{ method: 'get', path: '/directory', id: 'searchDirectory', tag: 'directory', scope: 'directory' },
    summary: 'Mailboxes by parts of their address, name, place or specialty',
    query: z.strictObject({ q: text(200).min(2), after: text(254).optional() }),
    answers: {
      200: {
        description: '`next` is what to ask for after',
        schema: z.object({ entries: z.array(entryView), next: z.string().nullable() }),
      },
    },
    async handle({ query: { q, after = null } }, response) {
      const found = await desk.relay.searchDirectory(q, after);
      const entries = found.entries.map((entry) => {
        const name = entryName(desk.account, entry, desk.clock.now());
        const place = name.attestation?.place ?? null;
        return {
          mailbox: entry.address,
          mailboxId: entry.mailboxId,
          name: name.name,
          nameVerified: name.isVerified,
          place,
        };
      });
      response.json({ entries, next: found.next });
    },
  });
}

const verification = z.object({
  mailbox: z.string(),
  mailboxId: z.string(),
  verified: z.boolean().meta({ description: 'The keys are in the public log, and enough witnesses have seen it' }),
  problem: z.string().nullable(),
  safetyNumber: z.string().meta({ description: 'To be compared by telephone' }),
});

function directoryEntry({ desk }: ApiDeps): AnyEndpoint {
  return endpoint({
    ...{ method: 'get', path: '/directory/{mailbox}', id: 'verifyMailbox', tag: 'directory', scope: 'directory' },
    summary: "Check a mailbox's keys against the public log",
    params: z.strictObject({ mailbox: address }),
    answers: { 200: { description: 'What was checked', schema: verification } },
    problems: ['not-found', 'recipient-unverified', 'unavailable'],
    async handle({ params: { mailbox } }, response) {
      const report = await reportMailbox(desk, mailbox).catch((error: unknown) => {
        const isUnknown = error instanceof Error && 'code' in error && error.code === 'recipient-unknown';
        throw isUnknown ? new Problem('not-found', { cause: error }) : error;
      });
      const safetyNumber = safetyNumberWith(desk.account, report.mailboxId).text;
      const { mailboxId, verified, problem } = report;
      response.json({ mailbox: report.mailbox, mailboxId, verified, problem, safetyNumber });
    },
  });
}
