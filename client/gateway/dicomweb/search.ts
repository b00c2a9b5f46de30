import { readHeader } from '../../core/dicom/header.js';
import { diskFile } from '../../node/disk-source.js';
import { INSTANCE, type Level, PATIENT_STUDY, SERIES } from '../received/attributes.js';
import { type DicomJson, type DicomJsonElement, firstText, toDicomJson } from '../received/data-set.js';
import type { Instance, ReceivedIndex, Series, Study } from '../received/received.js';
import type { Query } from './query.js';

/** Answers of QIDO-RS (PS3.18 §10.6). */

export interface Scope {
  readonly studyInstanceUid?: string | undefined;
  readonly seriesInstanceUid?: string | undefined;
}

export interface Found {
  readonly results: readonly DicomJson[];
  readonly total: number;
}

interface Row {
  readonly study: Study;
  readonly series: Series | null;
  readonly instance: Instance;
  readonly counts: DicomJson;
}

/** @param base URL of the service, for the addresses in the answers */
export async function search(
  index: ReceivedIndex,
  level: Level,
  scope: Scope,
  query: Query,
  base: string,
): Promise<Found> {
  const rows = rowsOf(index, level, scope).filter((row) => isMatch(row, level, query));
  const page = rows.slice(query.offset, query.offset + query.limit);
  const results: DicomJson[] = [];
  for (const row of page) results.push(await resultOf(row, level, query, base));
  return { results, total: rows.length };
}

function rowsOf(index: ReceivedIndex, level: Level, { studyInstanceUid, seriesInstanceUid }: Scope): Row[] {
  const one = studyInstanceUid === undefined ? null : index.study(studyInstanceUid);
  const studies = studyInstanceUid === undefined ? index.studies() : one === null ? [] : [one];
  return studies.flatMap((study): Row[] => {
    if (level === 'study') return [{ study, series: null, instance: firstOf(study), counts: studyCounts(study) }];
    return [...study.series.values()]
      .filter((series) => seriesInstanceUid === undefined || series.seriesInstanceUid === seriesInstanceUid)
      .flatMap((series) => seriesRows(study, series, level));
  });
}

function seriesRows(study: Study, series: Series, level: Level): Row[] {
  const counts = { ...studyCounts(study), '00201209': number(series.instances.size) };
  const instances = [...series.instances.values()];
  const [first] = instances;
  if (level === 'series') return first === undefined ? [] : [{ study, series, instance: first, counts }];
  return instances.map((instance) => ({ study, series, instance, counts }));
}

function firstOf(study: Study): Instance {
  for (const series of study.series.values()) for (const instance of series.instances.values()) return instance;
  throw new RangeError('a study without instances');
}

function studyCounts(study: Study): DicomJson {
  const series = [...study.series.values()];
  const instances = series.flatMap((one) => [...one.instances.values()]);
  const modalities = [...new Set(instances.map(({ data }) => firstText(data, '00080060')))].filter((one) => one !== '');
  const classes = [...new Set(instances.map(({ sopClassUid }) => sopClassUid))];
  return {
    '00080061': { vr: 'CS', Value: modalities.sort() },
    '00080062': { vr: 'UI', Value: classes.sort() },
    '00201206': number(series.length),
    '00201208': number(instances.length),
  };
}

function number(value: number): DicomJsonElement {
  return { vr: 'IS', Value: [value] };
}

/** Attributes of lower levels match by any instance of the row (relational queries, PS3.4 §C.4.1.3.2). */
function isMatch({ study, series, instance, counts }: Row, level: Level, { matches }: Query): boolean {
  return matches.every(({ tag, level: of, matches: match }) => {
    if (of === 'count') return match(counts[tag]);
    if (of === 'study' || level === 'instance' || (of === 'series' && level === 'series'))
      return match(instance.data[tag]);
    const all = series === null ? [...study.series.values()] : [series];
    return all.some((one) => [...one.instances.values()].some(({ data }) => match(data[tag])));
  });
}

const LEVELS: Readonly<Record<Level, readonly string[]>> = {
  study: PATIENT_STUDY,
  series: [...PATIENT_STUDY, ...SERIES],
  instance: [...PATIENT_STUDY, ...SERIES, ...INSTANCE],
};

async function resultOf(row: Row, level: Level, { include, includeAll }: Query, base: string): Promise<DicomJson> {
  const { instance, counts } = row;
  const json: Record<string, DicomJsonElement> = { '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
  for (const tag of LEVELS[level]) {
    const element = instance.data[tag];
    if (element !== undefined) json[tag] = element;
  }
  Object.assign(json, countsOf(counts, level), {
    '00080056': { vr: 'CS', Value: ['ONLINE'] },
    '00081190': { vr: 'UR', Value: [urlOf(row, level, base)] },
  });
  const missing = [...include].filter((tag) => !(tag in json));
  if (missing.length > 0 || (includeAll && level === 'instance'))
    await addFromHeader(json, instance, missing, includeAll);
  return sorted(json);
}

/** What is not in the index is read where it stands, of the row's first instance. */
async function addFromHeader(
  json: Record<string, DicomJsonElement>,
  { path }: Instance,
  missing: readonly string[],
  includeAll: boolean,
): Promise<void> {
  const header = await readHeader(await diskFile(path));
  if (header.kind !== 'header') return;
  const all = toDicomJson(header.elements);
  for (const tag of includeAll ? Object.keys(all) : missing) {
    const element = all[tag];
    if (element !== undefined && !(tag in json)) json[tag] = element;
  }
}

function countsOf(counts: DicomJson, level: Level): DicomJson {
  if (level === 'study') return counts;
  const { '00201209': instances, '00080061': modalities } = counts;
  return {
    ...(instances === undefined ? {} : { '00201209': instances }),
    ...(modalities === undefined ? {} : { '00080061': modalities }),
  };
}

function urlOf({ study, series, instance }: Row, level: Level, base: string): string {
  const studyUrl = `${base}/studies/${study.studyInstanceUid}`;
  if (level === 'study' || series === null) return studyUrl;
  const seriesUrl = `${studyUrl}/series/${series.seriesInstanceUid}`;
  return level === 'series' ? seriesUrl : `${seriesUrl}/instances/${instance.sopInstanceUid}`;
}

/** PS3.18 §F.2.2: by ascending tag. */
function sorted(json: Record<string, DicomJsonElement>): DicomJson {
  return Object.fromEntries(Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1)));
}
