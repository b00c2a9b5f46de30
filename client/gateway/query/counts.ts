import { type GatewayConfig } from '../config/config.js';
import { type ExpectedInstances } from '../intake/whole.js';
import { findStudies } from './levels.js';
import { pacsNamed, remoteOf } from './remote.js';

/** How many instances a peer's study has, by the PACS that the configuration names for the peer; null where it names none for anybody. */
export function countsOf({ dicom, pacs }: Pick<GatewayConfig, 'dicom' | 'pacs'>): ExpectedInstances | null {
  const named = new Map(
    (dicom?.peers ?? []).flatMap(({ aeTitle, counts }) => (counts === undefined ? [] : [[aeTitle, counts] as const])),
  );
  if (named.size === 0) return null;
  return async (callingAe, studyInstanceUid) => {
    const name = named.get(callingAe);
    if (name === undefined) return null;
    try {
      const { rows } = await findStudies(remoteOf(pacsNamed(pacs, name)), { studyInstanceUid }, 2);
      // One that knows the study twice does not know how many instances it has.
      const [study, ...others] = rows.filter((row) => row.studyInstanceUid === studyInstanceUid);
      return others.length === 0 ? (study?.instances ?? null) : null;
    } catch {
      // A PACS that cannot be asked holds nothing up.
      return null;
    }
  };
}
