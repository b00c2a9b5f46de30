import type { PixelImage, Region } from '../deidentification/pixel-port.js';

/**
 * Pictures of which it is known without looking where the text stands. Data with a date: extend it by what a practice's own devices do;
 * each entry says why.
 */
export const RULES_DATE = '2026-11-25';

interface Rule {
  readonly why: string;
  readonly applies: (image: PixelImage) => boolean;
  /** As shares of the picture: x, y, width, height. */
  readonly regions: readonly (readonly [number, number, number, number])[];
}

const WHOLE = [[0, 0, 1, 1]] as const;

const RULES: readonly Rule[] = [
  {
    why: 'a dose sheet is a table of the patient and the exposures, and shows no anatomy',
    applies: ({ imageType }) => imageType.some((value) => /^DOSE[ _]?(INFO|REPORT|SHEET)?$/i.test(value)),
    regions: WHOLE,
  },
  {
    why: 'GE writes the dose report of a CT as a screen of text in a square of 512',
    applies: ({ modality, manufacturer, imageType, rows, columns }) =>
      modality === 'CT' &&
      /^GE\b/i.test(manufacturer) &&
      imageType.includes('SCREEN SAVE') &&
      rows === 512 &&
      columns === 512,
    regions: WHOLE,
  },
  {
    why: 'Siemens writes its patient protocol as a picture of text',
    applies: ({ modality, manufacturer, imageType }) =>
      modality === 'CT' && /siemens/i.test(manufacturer) && imageType.includes('CT_SOM5 PROT'),
    regions: WHOLE,
  },
];

/** The regions that rules name for an image, in pixels. */
export function ruleRegions(image: PixelImage): Region[] {
  return RULES.filter(({ applies }) => applies(image)).flatMap(({ regions }) =>
    regions.map(([x, y, width, height]) => ({
      x: Math.floor(x * image.columns),
      y: Math.floor(y * image.rows),
      width: Math.ceil(width * image.columns),
      height: Math.ceil(height * image.rows),
    })),
  );
}
