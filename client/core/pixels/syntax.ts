/** How frames are coded in each transfer syntax (PS3.5 annex A). */
export type FrameCoding =
  | 'native'
  | 'rle'
  | 'jpeg' // baseline, extended, progressive
  | 'jpeg-lossless'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'htj2k'
  | 'htj2k-rpcl'
  | 'deflate';

const JPEG = '1.2.840.10008.1.2.4.';

const CODINGS: ReadonlyMap<string, FrameCoding> = new Map([
  ['1.2.840.10008.1.2', 'native'],
  ['1.2.840.10008.1.2.1', 'native'],
  ['1.2.840.10008.1.2.2', 'native'],
  ['1.2.840.10008.1.2.1.99', 'native'],
  ['1.2.840.10008.1.2.1.98', 'native'], // encapsulated, uncompressed
  ['1.2.840.10008.1.2.5', 'rle'],
  ['1.2.840.10008.1.2.8.1', 'deflate'],
  ...(['50', '51', '53', '55'] as const).map((end): [string, FrameCoding] => [JPEG + end, 'jpeg']),
  [`${JPEG}57`, 'jpeg-lossless'],
  [`${JPEG}70`, 'jpeg-lossless'],
  [`${JPEG}80`, 'jpeg-ls'],
  [`${JPEG}81`, 'jpeg-ls'],
  [`${JPEG}90`, 'jpeg-2000'],
  [`${JPEG}91`, 'jpeg-2000'],
  [`${JPEG}201`, 'htj2k'],
  [`${JPEG}202`, 'htj2k-rpcl'],
  [`${JPEG}203`, 'htj2k'],
]);

/** Null for what is not understood: video, JPIP, JPEG XL, private syntaxes. */
export function frameCoding(transferSyntaxUid: string): FrameCoding | null {
  return CODINGS.get(transferSyntaxUid) ?? null;
}

/** Whether the syntax itself may lose something; a lossless picture can still have been lossy before. */
export function isLossySyntax(transferSyntaxUid: string): boolean {
  return ['50', '51', '53', '55', '81', '91', '203'].some((end) => transferSyntaxUid === JPEG + end);
}
