import { type Chosen, type MediumPlace } from '../../desk/api.js';

/** The browser's own dialogs for places on the disk, where it has them. A person who closes one has chosen nothing. */

interface Pickers {
  showSaveFilePicker?: (options: unknown) => Promise<FileSystemFileHandle>;
  showOpenFilePicker?: (options: unknown) => Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?: (options: unknown) => Promise<FileSystemDirectoryHandle>;
}

const pickers = globalThis as unknown as Pickers;

export async function chooseZipToWrite(suggestedName: string): Promise<MediumPlace | null> {
  const { showSaveFilePicker } = pickers;
  if (showSaveFilePicker === undefined) return { kind: 'zip', handle: null };
  const types = [{ accept: { 'application/zip': ['.zip'] } }];
  const handle = await orNothing(() => showSaveFilePicker({ suggestedName, types }));
  return handle === null ? null : { kind: 'zip', handle };
}

export async function chooseFolderToWrite(): Promise<MediumPlace | null> {
  const { showDirectoryPicker } = pickers;
  if (showDirectoryPicker === undefined) return null;
  const handle = await orNothing(() => showDirectoryPicker({ mode: 'readwrite' }));
  return handle === null ? null : { kind: 'folder', handle };
}

/**
 * Handles, by which the next visit finds the files again (docs/web-client.md §6).
 * @returns null where the browser has no such dialog, nothing when it was closed
 */
export async function chooseToSend(kind: 'files' | 'folder' | 'report'): Promise<readonly Chosen[] | null> {
  const { showOpenFilePicker, showDirectoryPicker } = pickers;
  if (kind !== 'folder' && showOpenFilePicker !== undefined) {
    const types = [{ accept: { 'application/pdf': ['.pdf'] } }];
    const options = kind === 'report' ? { multiple: false, types } : { multiple: true };
    const handles = await orNothing(() => showOpenFilePicker(options));
    return (handles ?? []).map((handle) => ({ kind: 'handle', handle }));
  }
  if (kind === 'folder' && showDirectoryPicker !== undefined) {
    const handle = await orNothing(() => showDirectoryPicker({ mode: 'read' }));
    return handle === null ? [] : [{ kind: 'handle', handle }];
  }
  return null;
}

async function orNothing<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}
