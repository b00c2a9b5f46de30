import { type LetterView, type SeriesView, type StudyView } from '../../desk/view.js';
import { type ObjectView, type PresentationView, type Reference } from '../../desk/picture.js';
import { type Picture, keyOf } from './frames.js';
import { type Cut, type Volume } from './reconstruction.js';

/** What can be put into a viewport: a series, the key images of a study, or a cut through a block of slices. */
export interface Stack {
  readonly id: string;
  readonly letter: string;
  readonly study: StudyView;
  readonly series: SeriesView;
  readonly content: StackContent;
}

export type StackContent =
  | { readonly kind: 'series'; readonly pictures: readonly Picture[] }
  | { readonly kind: 'keys'; readonly title: string; readonly text: string; readonly pictures: readonly Picture[] }
  | { readonly kind: 'cut'; readonly volume: Volume; readonly cut: Cut };

export function totalOf({ content }: Stack): number {
  return content.kind === 'cut' ? (content.volume.counts[content.cut.axis] ?? 0) : content.pictures.length;
}

export function picturesOf({ content }: Stack): readonly Picture[] {
  return content.kind === 'cut' ? [] : content.pictures;
}

/** Measurements and presentations belong to a picture, or to a place of a cut. */
export function spotOf(stack: Stack, index: number): string {
  const { content } = stack;
  if (content.kind === 'cut') return `${stack.id} ${index}`;
  const picture = content.pictures[index];
  return picture === undefined ? '' : keyOf(picture);
}

const CLASS = '1.2.840.10008.5.1.4.1.1.';
const DOCUMENTS = [`${CLASS}88.`, `${CLASS}104.1`];
const STATES = [`${CLASS}11.`, `${CLASS}88.59`];

/** Presentation states, key objects, reports and documents are not looked at as pictures. */
export function isObjectClass(sopClassUid: string): boolean {
  return [...DOCUMENTS, ...STATES].some((start) => sopClassUid.startsWith(start));
}

export function seriesStacks(letter: string, studies: readonly StudyView[]): Stack[] {
  return studies.flatMap((study) =>
    study.series.flatMap((series): Stack[] => {
      const pictures = series.instances
        .filter(({ sopClassUid }) => !isObjectClass(sopClassUid))
        .flatMap(({ fileId, frames, sopInstanceUid }) =>
          Array.from({ length: frames }, (_, frame) => ({ letter, fileId, frame, sopInstanceUid })),
        );
      if (pictures.length === 0) return [];
      return [{ id: `${letter} ${series.uid}`, letter, study, series, content: { kind: 'series', pictures } }];
    }),
  );
}

/** An instance that is no picture, and what it says once it was read. */
export interface FoundObject {
  readonly letter: string;
  readonly fileId: string;
  readonly study: StudyView;
  readonly series: SeriesView;
  readonly view: ObjectView;
}

export interface ObjectPlace {
  readonly fileId: string;
  readonly study: StudyView;
  readonly series: SeriesView;
}

export function objectsIn({ studyList }: LetterView): ObjectPlace[] {
  return studyList.flatMap((study) =>
    study.series.flatMap((series) =>
      series.instances
        .filter(({ sopClassUid }) => isObjectClass(sopClassUid))
        .map(({ fileId }) => ({ fileId, study, series })),
    ),
  );
}

export function isReferred(references: readonly Reference[], { sopInstanceUid, frame }: Picture): boolean {
  return references.some(
    (one) => one.sopInstanceUid === sopInstanceUid && (one.frames.length === 0 || one.frames.includes(frame)),
  );
}

/** Key object selections as stacks of the pictures they name, of whatever series. */
export function keyStacks(stacks: readonly Stack[], objects: readonly FoundObject[]): Stack[] {
  return objects.flatMap(({ letter, fileId, study, series, view }): Stack[] => {
    if (view.kind !== 'key-objects') return [];
    const pictures = stacks
      .filter((stack) => stack.letter === letter)
      .flatMap(picturesOf)
      .filter((picture) => isReferred(view.images, picture));
    if (pictures.length === 0) return [];
    const { title, text } = view;
    return [
      { id: `${letter} ${fileId} keys`, letter, study, series, content: { kind: 'keys', title, text, pictures } },
    ];
  });
}

/** Presentation states that speak of this stack. */
export interface Presentation {
  readonly id: string;
  readonly view: PresentationView;
}

export function presentationsOf(stack: Stack, objects: readonly FoundObject[]): Presentation[] {
  const pictures = picturesOf(stack);
  return objects.flatMap(({ letter, fileId, view }) => {
    if (view.kind !== 'presentation' || letter !== stack.letter) return [];
    return pictures.some((picture) => isReferred(view.images, picture)) ? [{ id: fileId, view }] : [];
  });
}

/** Of several entries the one for this picture; without references an entry is for all. */
export function entryFor<T extends { readonly images: readonly Reference[] }>(
  entries: readonly T[],
  picture: Picture | undefined,
): T | null {
  if (picture === undefined) return null;
  return entries.find(({ images }) => images.length === 0 || isReferred(images, picture)) ?? null;
}
