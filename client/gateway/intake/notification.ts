import { type Notification } from '../dimse/acceptor.js';
import { parseIdentifier } from '../dimse/identifier.js';
import { type DicomJson, firstText } from '../received/data-set.js';

/** What an Instance Availability Notification (PS3.4 annex R, PS3.3 §C.4.23) says of one study. */
export interface Announced {
  readonly studyInstanceUid: string;
  /** SOP Instance UIDs that can be had, each once; never empty. */
  readonly instances: readonly string[];
}

const UID = /^[0-9.]{1,64}$/;
/** PS3.3 §C.4.23.1.1: an instance that was lost, or rejected, does not come. */
const UNAVAILABLE = 'UNAVAILABLE';

/** @returns null for a data set that names no study, or no instance that can be had */
export async function parseNotification({ dataSet, transferSyntaxUid }: Notification): Promise<Announced | null> {
  const row = await parseIdentifier(dataSet, transferSyntaxUid).catch(() => null);
  if (row === null) return null;
  const studyInstanceUid = firstText(row, '0020000D');
  const items = itemsOf(row, '00081115').flatMap((series) => itemsOf(series, '00081199'));
  const there = items.filter((item) => firstText(item, '00080056') !== UNAVAILABLE);
  const instances = [...new Set(there.map((item) => firstText(item, '00081155')))];
  const isGood = UID.test(studyInstanceUid) && instances.length > 0 && instances.every((uid) => UID.test(uid));
  return isGood ? { studyInstanceUid, instances } : null;
}

function itemsOf(row: DicomJson, tag: string): readonly DicomJson[] {
  return (row[tag]?.Value ?? []).filter((one): one is DicomJson => typeof one === 'object' && one !== null);
}
