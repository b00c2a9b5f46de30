import * as z from 'zod';
import { type ScannedInstance } from '../../core/dicom/scan.js';
import { duration, mailbox, name } from '../fields.js';

/** Which study goes to whom. The first rule that fits decides; a study that none fits goes nowhere and waits for a person. */

/** `*` and `?` stand for any characters and one; case does not count. One of several is enough. */
const pattern = z.string().min(1).max(200);
const patterns = z.union([pattern.transform((one) => [one]), z.array(pattern).min(1).max(100)]);

const whenSchema = z.strictObject({
  source: z.enum(['dicom', 'stow', 'api', 'folder']).optional(),
  calledAe: patterns.optional(),
  callingAe: patterns.optional(),
  modality: patterns.optional(),
  referringPhysician: patterns.optional(),
  studyDescription: patterns.optional(),
});

export const ruleSchema = z.strictObject({
  name,
  when: whenSchema.prefault({}),
  to: z.array(mailbox).min(1).max(100),
  cc: z.array(mailbox).max(100).default([]),
  /** What the recipient reads first. The study's own words do not stand in it unless somebody writes them here. */
  subject: z.string().max(200).default(''),
  text: z.string().max(10_000).default(''),
  deidentify: z.strictObject({ profile: z.string().min(1), purpose: z.string().min(1).default('default') }).optional(),
  urgent: duration.optional(),
  expires: duration.optional(),
  /** Earlier studies of the same patient, fetched from a PACS and sent with it. */
  priors: z
    .strictObject({
      pacs: name,
      /** The newest ones. */
      most: z.int().min(1).max(20).default(1),
      /** Those of the study itself when nothing is said. */
      modality: z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1).max(50)]).optional(),
      within: duration.optional(),
      /** The study waits for its priors this long, then goes without them. */
      patience: duration.default(15 * 60_000),
    })
    .optional(),
});

export const rulesSchema = z
  .array(ruleSchema)
  .max(1000)
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, rule] of rules.entries()) {
      if (seen.has(rule.name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'stands twice' });
      seen.add(rule.name);
    }
  });

export type Rule = z.output<typeof ruleSchema>;
export type RuleSource = 'dicom' | 'stow' | 'api' | 'folder';

/** What a rule can look at. */
export interface RoutedStudy {
  readonly source: RuleSource;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly modality: string;
  readonly referringPhysician: string;
  readonly studyDescription: string;
}

/** The study as its first instance says. */
export function routedStudy(
  { modality, study }: ScannedInstance,
  from: Pick<RoutedStudy, 'source' | 'calledAe' | 'callingAe'>,
): RoutedStudy {
  return { ...from, modality, referringPhysician: study.referringPhysician, studyDescription: study.description };
}

/** @returns the first rule that fits, or null */
export function chooseRule(rules: readonly Rule[], study: RoutedStudy): Rule | null {
  return rules.find((rule) => fits(rule, study)) ?? null;
}

const MATCHED = ['calledAe', 'callingAe', 'modality', 'referringPhysician', 'studyDescription'] as const;

function fits({ when }: Rule, study: RoutedStudy): boolean {
  if (when.source !== undefined && when.source !== study.source) return false;
  return MATCHED.every((field) => {
    const wanted = when[field];
    return wanted === undefined || wanted.some((one) => matches(one, study[field]));
  });
}

/** Without going back more than once for each `*`: a hostile value costs no more than its length times the pattern's. */
export function matches(wanted: string, value: string): boolean {
  const [p, v] = [wanted.toLowerCase(), value.toLowerCase()];
  let [at, star, mark] = [0, -1, 0];
  for (let i = 0; i < v.length;) {
    if (p[at] === '*') [star, mark, at] = [at, i, at + 1];
    else if (p[at] === '?' || p[at] === v[i]) [i, at] = [i + 1, at + 1];
    else if (star >= 0) [at, mark, i] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  while (p[at] === '*') at += 1;
  return at === p.length;
}

/** Called AE titles that rules name without wildcards: the gateway answers to them. */
export function calledTitles(rules: readonly Rule[]): string[] {
  return rules.flatMap(({ when }) => (when.calledAe ?? []).filter((one) => !/[*?]/.test(one)));
}
