import type { PixelImage, PixelInspection, PixelMask } from './pixel-port.js';

/** What may still point to the patient after all rules: in the report, and, where it `blocks`, before a send. */
export type RiskKind =
  | 'burned-in' // text in the picture is likely, and nobody has looked or masked
  | 'text-suspected' // something like text was seen that no mask covers
  | 'colour-flow' // many colours were left alone where ultrasound says that it shows flow
  | 'frames-not-decoded' // the frames could not be looked at
  | 'face' // a face is shown, or can be rendered from the volume
  | 'video' // a film may carry data besides its pictures
  | 'document-kept' // an encapsulated document was kept on purpose
  | 'dates-and-uids'; // original UIDs often hold the dates that were moved

export interface Risk {
  readonly kind: RiskKind;
  readonly blocks: boolean;
}

/** Modalities whose pictures usually show who was examined. */
const BURNED_IN_MODALITIES = new Set([
  'US',
  'IVUS',
  'SC',
  'OT',
  'XC',
  'ES',
  'GM',
  'SM',
  'DOC',
  'HC',
  'OP',
  'XA',
  'RF',
  'ECG',
  'PX',
]);
/** Secondary capture, in all its forms: a screen or a sheet of paper. */
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

export interface RiskInput {
  readonly image: PixelImage;
  readonly hasPixels: boolean;
  readonly bodyPart: string;
  readonly masks: readonly PixelMask[];
  readonly inspection: PixelInspection | null;
  readonly keepsDocument: boolean;
  readonly keepsUidsButMovesDates: boolean;
}

export function risksOf(input: RiskInput): Risk[] {
  const { image, inspection } = input;
  const risks: Risk[] = [];
  const add = (kind: RiskKind, blocks: boolean): void => {
    if (!risks.some((risk) => risk.kind === kind)) risks.push({ kind, blocks });
  };
  if (input.hasPixels) {
    const isSettled = input.masks.some(({ source }) => source === 'manual') || inspection?.confidence === 'checked';
    if (showsText(image) && !isSettled) add('burned-in', true);
    for (const risk of inspection?.risks ?? []) {
      if (risk === 'face-suspected') add('face', true);
      else add(risk, risk !== 'colour-flow');
    }
    if (showsFace(image, input.bodyPart)) add('face', isPhotograph(image));
    if (/^1\.2\.840\.10008\.1\.2\.4\.10[0-8]/.test(image.transferSyntaxUid)) add('video', true);
  }
  if (input.keepsDocument) add('document-kept', true);
  if (input.keepsUidsButMovesDates) add('dates-and-uids', false);
  return risks;
}

/** BurnedInAnnotation YES is believed, NO is not: scanners write it without looking. */
export function showsText({
  modality,
  sopClassUid,
  imageType,
  burnedInAnnotation,
  conversionType,
}: PixelImage): boolean {
  if (burnedInAnnotation === 'YES' || conversionType !== '') return true;
  if (BURNED_IN_MODALITIES.has(modality)) return true;
  if (sopClassUid === SECONDARY_CAPTURE || sopClassUid.startsWith(`${SECONDARY_CAPTURE}.`)) return true;
  return imageType.some((value) =>
    /^(SCREEN SAVE|SCREENSHOT|DOSE_?REPORT|DOSE_INFO|REPORT|PROTOCOL|PRESENTATION|POST_?PROCESSED SCREEN)/i.test(value),
  );
}

function isPhotograph({ modality }: PixelImage): boolean {
  return modality === 'XC' || modality === 'GM';
}

const HEAD = /HEAD|SKULL|BRAIN|FACE|NECK|ORBIT|SINUS|JAW|MAXILL|MANDIB|EAR|EYE|NOSE|KOPF|SCHAEDEL|WHOLEBODY/i;

/** Photographs, and slices of the head from which a face can be rendered; a body part that is not named may be the head. */
export function showsFace(image: PixelImage, bodyPart: string): boolean {
  if (isPhotograph(image)) return true;
  return ['CT', 'MR', 'PT'].includes(image.modality) && (bodyPart === '' || HEAD.test(bodyPart));
}
