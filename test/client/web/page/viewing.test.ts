import { expect } from 'chai';
import fc from 'fast-check';
import { type FrameView, type GrayView, type Triple } from '../../../../client/web/desk/picture.js';
import { type Frames, type Picture } from '../../../../client/web/page/viewer/frames.js';
import { edgeLetters, lettersOf, nearestTo, opposite } from '../../../../client/web/page/viewer/geometry.js';
import { measure } from '../../../../client/web/page/viewer/measure.js';
import { placementOf, turnedEdges } from '../../../../client/web/page/viewer/placement.js';
import {
  cutFrame,
  cutsOf,
  placeOnCut,
  pointOfCut,
  volumeOf,
} from '../../../../client/web/page/viewer/reconstruction.js';
import { INITIAL_VIEW, flipped, turned } from '../../../../client/web/page/viewer/view-state.js';
import { newPane, newWorkspace, putPoint, removeLastMark } from '../../../../client/web/page/viewer/workspace-state.js';

/** What is worked out on pictures: places, lengths, regions, cuts. */

function gray(choices: Partial<GrayView> = {}, place: Triple | null = null): GrayView {
  const { rows = 4, columns = 6 } = choices;
  return {
    kind: 'gray',
    rows,
    columns,
    values: Int16Array.from({ length: rows * columns }, (_, i) => i),
    slope: 1,
    intercept: 0,
    padding: null,
    isInverted: false,
    windows: [],
    unit: 'HU',
    pixelSpacing: [2, 0.5],
    planes: [],
    facts: {
      place: place === null ? null : { position: place, row: [1, 0, 0], column: [0, 1, 0], frameOfReference: '1.2' },
      calibration: 'patient',
      regions: [],
      directions: ['', ''],
      laterality: '',
      sliceLocation: null,
      thickness: null,
      frameMs: null,
      isLossy: false,
      modality: 'CT',
    },
    ...choices,
  };
}

describe('a picture in its viewport', () => {
  it('is found again: from pixel to screen and back, however it is turned, flipped, moved and zoomed', () => {
    const share = fc.double({ min: -0.5, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.boolean(),
        fc.double({ min: 0.2, max: 20, noNaN: true }),
        share,
        share,
        (turns, isFlipped, zoom, x, y) => {
          const view = { ...INITIAL_VIEW, turns, isFlipped, zoom, pan: [x, y] as const };
          const { toView, toPicture } = placementOf(gray(), view, [300, 200]);
          const [a, b] = toPicture(toView([1.25, 3.5]));
          expect(a).to.be.closeTo(1.25, 1e-6);
          expect(b).to.be.closeTo(3.5, 1e-6);
        },
      ),
    );
  });

  it('fits, with pixels as tall as they are in the patient', () => {
    // 6 columns of 0.5 mm and 4 rows of 2 mm: 3 mm by 8 mm.
    const { toView } = placementOf(gray(), INITIAL_VIEW, [300, 160]);
    expect(toView([0, 0])).to.deep.equal([120, 0]);
    expect(toView([6, 4])).to.deep.equal([180, 160]);
  });

  it('shows at each edge where it leads, and flips and turns what is on the screen', () => {
    const edges = { right: 'L', left: 'R', bottom: 'P', top: 'A' };
    expect(turnedEdges(edges, INITIAL_VIEW)).to.deep.equal(edges);
    expect(turnedEdges(edges, turned(INITIAL_VIEW))).to.deep.equal({ right: 'A', left: 'P', bottom: 'L', top: 'R' });
    expect(turnedEdges(edges, flipped(INITIAL_VIEW))).to.deep.equal({ right: 'R', left: 'L', bottom: 'P', top: 'A' });
    // Flipping mirrors the screen, also when the picture lies on its side.
    expect(turnedEdges(edges, flipped(turned(INITIAL_VIEW)))).to.deep.equal({
      right: 'P',
      left: 'A',
      bottom: 'L',
      top: 'R',
    });
  });

  it('has letters of its directions, the strongest first, and their opposites', () => {
    expect(lettersOf([0.9, -0.4, 0.05])).to.equal('LA');
    expect(lettersOf([0, 0, -1])).to.equal('F');
    expect(opposite('LA')).to.equal('RP');
    expect(edgeLetters(null, ['L', 'F'])).to.deep.equal(['L', 'F']);
    expect(edgeLetters(gray({}, [0, 0, 0]).facts.place, ['', ''])).to.deep.equal(['L', 'P']);
  });
});

describe('measuring', () => {
  const at = (
    kind: 'length' | 'angle' | 'ellipse' | 'probe',
    points: readonly (readonly [number, number])[],
    frame: FrameView,
  ) => measure({ id: 1, kind, points }, frame);

  it('gives lengths in mm of the patient, of the detector said so, of a region by its own scale, else in pixels', () => {
    const points = [
      [0, 0],
      [6, 2],
    ] as const;
    const length = Math.hypot(3, 4);
    expect(at('length', points, gray())).to.deep.include({ kind: 'length', value: length });
    const detector = gray({ facts: { ...gray().facts, calibration: 'detector' } });
    expect(at('length', points, detector)).to.have.nested.property('scale.isAtDetector', true);
    const region = { minX: 0, minY: 0, maxX: 10, maxY: 10, mmX: 1, mmY: 0.5 };
    const echo = gray({ facts: { ...gray().facts, regions: [region] } });
    expect(at('length', points, echo)).to.have.property('value', Math.hypot(6, 1));
    expect(
      at(
        'length',
        [
          [0, 0],
          [60, 2],
        ],
        echo,
      ),
    ).to.have.nested.property('scale.kind', 'pixel');
    expect(at('length', points, gray({ pixelSpacing: null }))).to.deep.equal({
      kind: 'length',
      value: Math.hypot(6, 2),
      scale: { kind: 'pixel' },
    });
  });

  it('gives angles as they are in the patient, not on the screen', () => {
    // Along a column, then along a row: a right angle in any spacing; a diagonal of pixels is none of 45°.
    expect(
      at(
        'angle',
        [
          [0, 3],
          [0, 0],
          [3, 0],
        ],
        gray(),
      ),
    ).to.deep.equal({ kind: 'angle', degrees: 90 });
    const diagonal = at(
      'angle',
      [
        [4, 0],
        [0, 0],
        [4, 1],
      ],
      gray(),
    );
    expect(diagonal?.kind === 'angle' ? diagonal.degrees : 0).to.be.closeTo(45, 1e-9);
  });

  it('takes pixels whose middle lies in the region: mean, deviation, extremes and area as counted one by one', () => {
    const corner = fc.tuple(fc.double({ min: 0, max: 6, noNaN: true }), fc.double({ min: 0, max: 4, noNaN: true }));
    const frame = gray({ slope: 2, intercept: -1000 });
    fc.assert(
      fc.property(corner, corner, (a, b) => {
        const [cx, cy, rx, ry] = [
          (a[0] + b[0]) / 2,
          (a[1] + b[1]) / 2,
          Math.abs(a[0] - b[0]) / 2,
          Math.abs(a[1] - b[1]) / 2,
        ];
        const inside: number[] = [];
        for (let y = 0; y < 4; y++)
          for (let x = 0; x < 6; x++)
            if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 <= 1) inside.push((6 * y + x) * 2 - 1000);
        const region = at('ellipse', [a, b], frame);
        if (region?.kind !== 'region') throw new Error('no region');
        expect(region.area).to.be.closeTo(Math.PI * rx * ry, 1e-9);
        if (inside.length === 0) {
          expect(region.values).to.equal(null);
          return;
        }
        const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
        const deviation = Math.sqrt(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length);
        expect(region.values?.count).to.equal(inside.length);
        expect(region.values?.mean).to.be.closeTo(mean, 1e-6);
        expect(region.values?.deviation).to.be.closeTo(deviation, 1e-6);
        expect([region.values?.least, region.values?.greatest]).to.deep.equal([
          Math.min(...inside),
          Math.max(...inside),
        ]);
      }),
    );
  });

  it('makes a mark of its points one after the other, and takes the last one away', () => {
    let work = newWorkspace(newPane('a'));
    for (const point of [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as const)
      work = putPoint('spot', 'angle', point)(work);
    expect(work.marks.get('spot')).to.deep.equal([
      {
        id: 1,
        kind: 'angle',
        points: [
          [0, 0],
          [1, 0],
          [1, 1],
        ],
      },
    ]);
    work = putPoint('spot', 'length', [5, 5])(work);
    expect(work.draft?.points).to.have.length(2);
    work = removeLastMark('spot')(work);
    expect([work.draft, work.marks.get('spot')?.length]).to.deep.equal([null, 1]);
    expect(removeLastMark('spot')(work).marks.get('spot')).to.deep.equal([]);
  });
});

describe('three planes', () => {
  const picture = (i: number): Picture => ({ letter: 'x', fileId: `f${i}`, frame: 0, sopInstanceUid: `1.${i}` });
  const COUNT = 5;
  const slice = (i: number): GrayView =>
    gray({ values: Int16Array.from({ length: 24 }, (_, j) => 100 * i + j) }, [-10, -20, 3 * i]);

  function placesOf(frames: readonly GrayView[]) {
    return frames.map(({ rows, columns, pixelSpacing, facts }) => {
      return { isColor: false, rows, columns, pixelSpacing, place: facts.place };
    });
  }

  /** Slices as they came, out of order. */
  const order = [3, 0, 4, 1, 2];
  const pictures = order.map(picture);
  const slices = order.map(slice);
  const frames = {
    peek: ({ fileId }: Picture) => ({ kind: 'here', frame: slice(Number(fileId.slice(1))) }),
  } as unknown as Frames;

  function volume() {
    const result = volumeOf(pictures, placesOf(slices), 1e9);
    if (result.kind !== 'volume') throw new Error(result.reason);
    return result.volume;
  }

  it('are of slices in order of place, whatever order they came in', () => {
    expect(volume().slices.map(({ fileId }) => fileId)).to.deep.equal(['f0', 'f1', 'f2', 'f3', 'f4']);
    expect([volume().counts, volume().steps]).to.deep.equal([
      [6, 4, COUNT],
      [0.5, 2, 3],
    ]);
  });

  it('are looked at as usual: head above, right on the left, front on the left of the sagittal one', () => {
    const [axial, coronal, sagittal] = cutsOf(volume()).map((cut) => cutFrame(volume(), cut, 1, frames));
    expect([axial, coronal, sagittal].map((one) => one && [one.columns, one.rows])).to.deep.equal([
      [6, 4],
      [6, COUNT],
      [4, COUNT],
    ]);
    expect([...(axial?.values ?? [])]).to.deep.equal([...slice(1).values]);
    // Row 1 of each slice, the highest slice first.
    expect([...(coronal?.values ?? [])].slice(0, 7)).to.deep.equal([406, 407, 408, 409, 410, 411, 306]);
    // Column 1 of each slice: rows 0 to 3 from left to right.
    expect([...(sagittal?.values ?? [])].slice(0, 5)).to.deep.equal([401, 407, 413, 419, 301]);
    const letters = [axial, coronal, sagittal].map((one) => edgeLetters(one?.facts.place ?? null, ['', '']));
    expect(letters).to.deep.equal([
      ['L', 'P'],
      ['L', 'F'],
      ['P', 'F'],
    ]);
    expect(coronal?.pixelSpacing).to.deep.equal([3, 0.5]);
    expect(coronal?.facts.place?.position).to.deep.equal([-10, -18, 12]);
  });

  it('lead from a point of one to its place in the others, and back', () => {
    const block = volume();
    const index = fc.tuple(fc.nat(5), fc.nat(3), fc.nat(COUNT - 1));
    fc.assert(
      fc.property(index, fc.nat(2), (at, which) => {
        const cut = cutsOf(block)[which];
        if (cut === undefined) throw new Error('no cut');
        expect(pointOfCut(block, cut, at[cut.axis] ?? 0, placeOnCut(block, cut, at))).to.deep.equal(at);
      }),
    );
  });

  it('are refused, with the reason, where slices are few, uneven, sheared, unlike, unplaced or too many', () => {
    const reason = (frames: readonly GrayView[], most = 1e9): string => {
      const result = volumeOf(
        frames.map((_, i) => picture(i)),
        placesOf(frames),
        most,
      );
      return result.kind === 'none' ? result.reason : 'volume';
    };
    const at = (...places: readonly (Triple | null)[]): GrayView[] => places.map((place) => gray({}, place));
    expect(reason(at([0, 0, 0], [0, 0, 1], [0, 0, 2]))).to.equal('volume');
    expect(reason(at([0, 0, 0], [0, 0, 1]))).to.equal('few');
    expect(reason(at([0, 0, 0], [0, 0, 1], [0, 0, 3]))).to.equal('gaps');
    expect(reason(at([0, 0, 0], [0, 0, 1], [0, 0, 1]))).to.equal('gaps');
    expect(reason(at([0, 0, 0], [0, 3, 5], [0, 6, 10]))).to.equal('tilted');
    expect(reason(at([0, 0, 0], [0, 0, 1], null))).to.equal('unplaced');
    expect(reason([...at([0, 0, 0], [0, 0, 1]), gray({ rows: 5 }, [0, 0, 2])])).to.equal('unlike');
    expect(reason(at([0, 0, 0], [0, 0, 1], [0, 0, 2]), 100)).to.equal('large');
  });
});

describe('linked scrolling', () => {
  it('goes to the nearest place in the same frame of reference, and nowhere in another one', () => {
    const target = gray({}, [0, 0, 7]).facts.place;
    if (target === null) throw new Error('no place');
    const places = [0, 5, 10].map((z) => {
      return { isColor: false, rows: 1, columns: 1, pixelSpacing: null, place: gray({}, [50, 50, z]).facts.place };
    });
    expect(nearestTo(target, places)).to.equal(1);
    expect(nearestTo({ ...target, frameOfReference: '9.9' }, places)).to.equal(null);
    expect(nearestTo({ ...target, row: [0, 1, 0], column: [0, 0, 1] }, places)).to.equal(null);
  });
});
