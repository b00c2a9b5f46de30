import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** Paths of tiles and bundles as C2SP's tlog-tiles writes them. */
export interface TileVector extends Vector {
  readonly paths: readonly string[];
  /** Of valid ones, in the same order: level (null for entries), n, width. */
  readonly tiles?: readonly (readonly [level: number | null, n: number, width: number])[];
}

const bad = (description: string, ...paths: string[]): TileVector => ({ description, expect: 'tile-path', paths });

export async function generateTileVectors(): Promise<VectorSet<TileVector>> {
  return Promise.resolve({
    valid: {
      description: 'Full and partial tiles; the third and the last are examples of the specification',
      expect: 'valid',
      paths: ['0/000', '5/999', '0/x001/x234/067', 'entries/000', 'entries/x001/000', '0/000.p/1', '1/x123/456.p/255', '0/273.p/112'],
      tiles: [
        [0, 0, 256],
        [5, 999, 256],
        [0, 1_234_067, 256],
        [null, 0, 256],
        [null, 1000, 256],
        [0, 0, 1],
        [1, 123_456, 255],
        [0, 273, 112],
      ],
    },
    'level-leading-zero': bad('A level with a leading zero', '00/000', '01/000'),
    'level-too-large': bad('A level above 63', '64/000', '99/000'),
    'level-other': bad('A level that is none', '-1/000', 'x/000', '/000', 'entry/000'),
    'number-short': bad('A number that is not padded', '0/0', '0/00', '0/x001/67'),
    'number-long': bad('Four digits in an element', '0/0000', '0/x0001/000'),
    'number-leading': bad('A leading element of zero', '0/x000/001', '0/x000/x001/000'),
    'number-x-last': bad('An x in the last element', '0/x001', '0/001/002'),
    'number-unsafe': bad('A number above 2^53', '0/x999/x999/x999/x999/x999/999'),
    'width-zero': bad('An empty tile', '0/000.p/0'),
    'width-full': bad('A full tile called partial', '0/000.p/256'),
    'width-leading-zero': bad('A width with a leading zero', '0/000.p/01'),
    'width-too-large': bad('A width above 256', '0/000.p/257', '0/000.p/999', '0/000.p/1000'),
    'path-climbs': bad('Ways out of the folder', '0/../000', '../0/000', '0//000', '0/000/', '/0/000', '0/000%00'),
  });
}

await writeVectorsWhenRun(import.meta.url, generateTileVectors);
