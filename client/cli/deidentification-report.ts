import { writeFile } from 'node:fs/promises';
import { createReport, type Report, REPORT_MEDIA_TYPE, type ReportContent } from '../core/deidentification/report.js';
import { reportPage } from '../core/deidentification/report-page.js';
import type { Profile } from '../core/deidentification/profile.js';
import type { DocumentSource } from '../core/send/plan-package.js';
import { diskFile } from '../node/disk-source.js';
import { programVersion } from './version.js';

/** @param secret where the secret for pseudonyms came from */
export function startReport(profile: Profile, secret: string): Report {
  return createReport({ profile, software: `Bildbote ${programVersion()}`, secret, createdMs: Date.now() });
}

/** The report as JSON, and a page beside it. @returns both paths */
export async function writeReport(
  path: string,
  content: ReportContent,
): Promise<readonly [json: string, page: string]> {
  const page = `${path.replace(/\.json$/i, '')}.html`;
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await writeFile(page, reportPage(content), { mode: 0o600 });
  return [path, page];
}

/** Both as attachments. They are read from where they were written, so that an interrupted send finds them again. */
export async function reportAttachments([json, page]: readonly [string, string]): Promise<DocumentSource[]> {
  const attachment = async (path: string, name: string, mediaType: string): Promise<DocumentSource> => ({
    kind: 'attachment',
    // Not the sender's name of the file: it may be the patient's.
    source: { ...(await diskFile(path)), name },
    mediaType,
  });
  return [
    await attachment(json, 'deidentification.json', REPORT_MEDIA_TYPE),
    await attachment(page, 'deidentification.html', 'text/html'),
  ];
}
