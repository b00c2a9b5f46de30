import { concatBytes, utf8 } from '../../crypto/wire/bytes.js';
import { EXPLICIT, type Encoding } from '../../client/core/dicom/element.js';
import { element, head, item, UNDEFINED } from './dicom-bytes.js';

/** A DICOMDIR with one record a File ID, for tests of reading: true ones are written by the product. */
export function directoryBytes(
  fileIds: readonly string[],
  choices: {
    readonly encoding?: Encoding;
    readonly syntax?: string;
    readonly open?: boolean;
    readonly inUse?: number;
  } = {},
): Uint8Array {
  const { encoding = EXPLICIT, syntax = '1.2.840.10008.1.2.1', open = false, inUse = 0xffff } = choices;
  const records = fileIds.map((fileId) =>
    item(
      concatBytes(
        element(0x00041410, 'US', inUse, encoding),
        element(0x00041430, 'CS', 'IMAGE', encoding),
        element(0x00041500, 'CS', fileId, encoding),
      ),
      open ? UNDEFINED : undefined,
      encoding,
    ),
  );
  const content = concatBytes(...records);
  const sequence = open
    ? concatBytes(head(0x00041220, 'SQ', UNDEFINED, encoding), content, head(0xfffee0dd, '', 0, encoding))
    : concatBytes(head(0x00041220, 'SQ', content.length, encoding), content);
  const meta = concatBytes(
    element(0x00020002, 'UI', '1.2.840.10008.1.3.10'),
    element(0x00020003, 'UI', '2.25.1'),
    element(0x00020010, 'UI', syntax),
  );
  return concatBytes(new Uint8Array(128), utf8('DICM'), meta, sequence);
}
