/** UIDs of the standard itself that stand where instances are named: well-known frames of reference, palettes, SOP instances (PS3.6 annex A). */
const WELL_KNOWN =
  /^1\.2\.840\.10008\.(?:1\.1|1\.2(?:\.[1-9]\d?){0,3}(?:\.\d{1,3})?|1\.3\.10|1\.4\.\d\.\d{1,2}|1\.5\.\d|1\.9|1\.20(?:\.\d){0,2}|1\.40(?:\.\d)?|1\.42(?:\.\d)?|[2-8](?:\.\d{1,4}){1,8}|9\.1|15(?:\.\d{1,3}){1,4})$/;

/** Whether a UID is the standard's own: it names a kind, or something that everybody shares, never an instance of somebody's. */
export function isClassUid(uid: string): boolean {
  return uid.startsWith('1.2.840.10008.') && uid.length <= 40 && WELL_KNOWN.test(uid);
}
