import * as z from 'zod';
import { chooseRule, rulesSchema } from './rules.js';

/** A file of rules with cases that say which rule they expect: `bildbote gateway test-rules FILE`. */

const study = z.strictObject({
  source: z.enum(['dicom', 'stow', 'folder']).default('dicom'),
  calledAe: z.string().default(''),
  callingAe: z.string().default(''),
  modality: z.string().default(''),
  referringPhysician: z.string().default(''),
  studyDescription: z.string().default(''),
});

export const casesSchema = z.strictObject({
  rules: rulesSchema,
  cases: z
    .array(z.strictObject({ name: z.string().min(1), study: study.prefault({}), expect: z.string().nullable() }))
    .min(1)
    .max(10_000),
});

export interface CaseResult {
  readonly name: string;
  readonly expected: string | null;
  readonly chosen: string | null;
  readonly to: readonly string[];
}

export function testRules({ rules, cases }: z.output<typeof casesSchema>): CaseResult[] {
  return cases.map((one) => {
    const rule = chooseRule(rules, one.study);
    return { name: one.name, expected: one.expect, chosen: rule?.name ?? null, to: rule?.to ?? [] };
  });
}
