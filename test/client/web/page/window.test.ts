import { expect } from 'chai';
import fc from 'fast-check';
import { type LinearWindow } from '../../../../client/web/desk/picture.js';
import { type GrayFrame, fullWindow, shadeOf } from '../../../../client/web/page/viewer/window.js';

/** PS3.3 §C.11.2.1.2, worked out the other way round: with its own three cases. */
function linear(x: number, c: number, w: number): number {
  if (x <= c - 0.5 - (w - 1) / 2) return 0;
  if (x > c - 0.5 + (w - 1) / 2) return 1;
  return (x - (c - 0.5)) / (w - 1) + 0.5;
}

const window = (center: number, width: number, shape: LinearWindow['shape'] = 'linear'): LinearWindow => ({
  center,
  width,
  name: '',
  shape,
});

const NO_FACTS: GrayFrame['facts'] = {
  place: null,
  calibration: 'none',
  regions: [],
  directions: ['', ''],
  laterality: '',
  sliceLocation: null,
  thickness: null,
  frameMs: null,
  isLossy: false,
  modality: '',
};

describe('a window', () => {
  it('is linear as the standard says, for all values, centres and widths', () => {
    const value = fc.integer({ min: -40_000, max: 70_000 });
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 65_536 }), (x, c, w) => {
        expect(shadeOf(x, window(c, w))).to.be.closeTo(linear(x, c, w), 1e-9);
      }),
    );
  });

  it('has the standard’s examples: centre 2048, width 4096, and centre 0, width 100', () => {
    expect(shadeOf(0, window(2048, 4096))).to.equal(0);
    expect(shadeOf(4095, window(2048, 4096))).to.equal(1);
    expect(shadeOf(-50, window(0, 100))).to.equal(0);
    expect(shadeOf(49, window(0, 100))).to.equal(1);
    expect(shadeOf(1, window(2048, 1))).to.equal(0);
    expect(shadeOf(2048, window(2048, 1))).to.equal(1);
  });

  it('can be exact or a sigmoid', () => {
    expect(shadeOf(0, window(0, 100, 'linear-exact'))).to.equal(0.5);
    expect(shadeOf(-50, window(0, 100, 'linear-exact'))).to.equal(0);
    expect(shadeOf(40, window(40, 10, 'sigmoid'))).to.equal(0.5);
    expect(shadeOf(50, window(40, 10, 'sigmoid'))).to.be.closeTo(1 / (1 + Math.exp(-4)), 1e-12);
  });

  it('of the full range runs from the lowest value to the highest, background left out', () => {
    const frame: GrayFrame = {
      kind: 'gray',
      rows: 1,
      columns: 4,
      values: Int16Array.of(-2000, 0, 10, 100),
      slope: 2,
      intercept: -100,
      padding: [-2000, -2000],
      isInverted: false,
      windows: [],
      pixelSpacing: null,
      facts: NO_FACTS,
      planes: [],
      unit: '',
    };
    const full = fullWindow(frame);
    expect(shadeOf(-100, full)).to.equal(0);
    expect(shadeOf(100, full)).to.equal(1);
    expect(shadeOf(99, full)).to.be.below(1);
  });
});
