import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { GatewayError } from '../error.js';
import { chooseRule, type RoutedStudy, routedStudy, type Rule } from './rules.js';

type From = Pick<RoutedStudy, 'source' | 'calledAe' | 'callingAe'>;

/**
 * The one rule for files that go together. A message has one list of recipients: studies that would go different ways are no message.
 * @throws GatewayError `recipient-missing` when none fits one of the studies, or they do not agree
 */
export async function ruleForFiles(rules: readonly Rule[], paths: readonly string[], from: From): Promise<Rule> {
  const chosen = new Set<Rule | null>();
  const seen = new Set<string>();
  for (const path of paths) {
    const scan = await scanSource(await diskFile(path));
    if (scan.kind !== 'instance' || seen.has(scan.studyInstanceUid)) continue;
    seen.add(scan.studyInstanceUid);
    chosen.add(chooseRule(rules, routedStudy(scan, from)));
  }
  const [rule = null] = chosen;
  if (chosen.size > 1) throw new GatewayError('recipient-missing', 'no one rule fits all studies');
  if (rule === null) throw new GatewayError('recipient-missing', 'no rule fits');
  return rule;
}
