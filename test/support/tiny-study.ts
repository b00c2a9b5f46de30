import { type Element, encodeFile, uidOf } from '../../client/cli/demo/dicom-file.js';

/** Studies of instances of 8 × 6 pixels: everything that a viewer asks for, and nothing to wait for. */
export interface TinyInstance {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly pixels: Uint16Array;
}

export interface TinyChoices {
  readonly study?: string;
  readonly patientName?: string;
  readonly patientId?: string;
  readonly birthDate?: string;
  readonly studyDate?: string;
  readonly accessionNumber?: string;
  readonly description?: string;
  readonly series?: number;
  readonly instances?: number;
}

export function tinyStudy(choices: TinyChoices = {}): TinyInstance[] {
  const { study: name = 'a', series: seriesCount = 1, instances = 2 } = choices;
  const study = uidOf('tiny', name);
  const made: TinyInstance[] = [];
  for (let s = 1; s <= seriesCount; s++) {
    const series = uidOf('tiny', name, s);
    for (let i = 1; i <= instances; i++) {
      const sop = uidOf('tiny', name, s, i);
      const pixels = Uint16Array.from({ length: 48 }, (_, at) => (at * 10 + i) % 4096);
      const bytes = encodeFile(elementsOf(choices, { study, series, sop, s, i }), pixels);
      made.push({ study, series, sop, bytes, path: `${study}/${series}/${sop}.dcm`, pixels });
    }
  }
  return made;
}

interface Place {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
  readonly s: number;
  readonly i: number;
}

function elementsOf(choices: TinyChoices, { study, series, sop, s, i }: Place): Element[] {
  return [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
    [0x00080018, 'UI', sop],
    [0x00080020, 'DA', choices.studyDate ?? '20261124'],
    [0x00080030, 'TM', '101500'],
    [0x00080050, 'SH', choices.accessionNumber ?? 'ACC-1'],
    [0x00080060, 'CS', s === 1 ? 'CT' : 'MR'],
    [0x00080090, 'PN', 'Hausarzt^Anna'],
    [0x00081030, 'LO', choices.description ?? 'Schädel nativ'],
    [0x0008103e, 'LO', `Serie ${s}`],
    [0x00100010, 'PN', choices.patientName ?? 'Müller^Erika'],
    [0x00100020, 'LO', choices.patientId ?? 'P-17'],
    [0x00100030, 'DA', choices.birthDate ?? '19600203'],
    [0x00100040, 'CS', 'F'],
    [0x0020000d, 'UI', study],
    [0x0020000e, 'UI', series],
    [0x00200010, 'SH', 'S1'],
    [0x00200011, 'IS', String(s)],
    [0x00200013, 'IS', String(i)],
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', [6]],
    [0x00280011, 'US', [8]],
    [0x00280100, 'US', [16]],
    [0x00280101, 'US', [12]],
    [0x00280102, 'US', [11]],
    [0x00280103, 'US', [0]],
    [0x00281050, 'DS', '240'],
    [0x00281051, 'DS', '480'],
    [0x00281052, 'DS', '0'],
    [0x00281053, 'DS', '1'],
  ];
}

export function filesOf(instances: readonly TinyInstance[]): Map<string, { bytes: Uint8Array; sop: string | null }> {
  return new Map(instances.map(({ path, bytes, sop }) => [path, { bytes, sop }]));
}
