import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { type FileId } from '../core/ids.js';
import { type Plan } from '../core/package/plan.js';

/**
 * Where each file of a package lies below the message's folder: `STUDY/SERIES/SOP.dcm` and `attachments/NAME`. Names come
 * from the sender, so none is used but in a form that cannot leave the folder (attack A20).
 */
export function fileNames(plan: Plan): ReadonlyMap<FileId, string> {
  const names = new Map<FileId, string>();
  const taken = new Set<string>();
  for (const document of plan.documents) {
    names.set(document.fileId, unique(taken, `attachments/${safeName(document.name)}`));
  }
  for (const study of plan.studies) {
    for (const series of study.series) {
      const folder = `${uidName(study.studyInstanceUid)}/${uidName(series.seriesInstanceUid)}`;
      for (const instance of series.instances) {
        names.set(instance.fileId, unique(taken, `${folder}/${uidName(instance.sopInstanceUid)}.dcm`));
      }
    }
  }
  return names;
}

/** A UID as it is when it cannot be anything but a plain name, else 32 hex digits of its SHA-256. */
export function uidName(uid: string): string {
  const isPlain = /^[0-9.]{1,64}$/.test(uid) && !uid.includes('..') && !uid.startsWith('.') && !uid.endsWith('.');
  return isPlain ? uid : createHash('sha256').update(uid, 'utf8').digest('hex').slice(0, 32);
}

const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const MAX_NAME = 120;

/** Letters, digits and a few marks; no separators, no leading or trailing dot, no device name of any system. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._()-]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(-MAX_NAME)
    .replace(/^[. ]+|[. ]+$/g, '');
  if (plain === '') return 'file';
  return RESERVED.test(plain) ? `_${plain}` : plain;
}

/** Names that differ only in case are the same on some systems. */
function unique(taken: Set<string>, name: string): string {
  const suffix = extname(name);
  const stem = name.slice(0, name.length - suffix.length);
  let candidate = name;
  for (let n = 2; taken.has(candidate.toLowerCase()); n++) candidate = `${stem}-${n}${suffix}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}
