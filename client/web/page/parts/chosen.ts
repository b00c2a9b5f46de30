import { type Chosen } from '../../desk/api.js';

/** What the user chose or dropped, as the worker wants it. */

export function chosenFrom(files: readonly File[]): Chosen[] {
  return files.map((file) => ({
    kind: 'file',
    file,
    path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
  }));
}

type WithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/** Handles where the browser has them: then the next visit finds the files again. Everything is asked for before anything is awaited. */
export async function chosenFromDrop(data: DataTransfer): Promise<Chosen[]> {
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const handles = items.map((item) => (item as WithHandle).getAsFileSystemHandle?.() ?? Promise.resolve(null));
  const entries = items.map((item) => item.webkitGetAsEntry());
  const files = [...data.files];
  const chosen: Chosen[] = [];
  for (const [index, pending] of handles.entries()) {
    const handle = await pending.catch(() => null);
    const entry = entries[index] ?? null;
    const file = files[index];
    if (handle !== null) chosen.push({ kind: 'handle', handle });
    else if (entry !== null) chosen.push(...(await filesBelow(entry, '')));
    else if (file !== undefined) chosen.push(...chosenFrom([file]));
  }
  return chosen;
}

async function filesBelow(entry: FileSystemEntry, folder: string): Promise<Chosen[]> {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ kind: 'file', file, path }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const chosen: Chosen[] = [];
  for (;;) {
    const children = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (children.length === 0) return chosen;
    for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      chosen.push(...(await filesBelow(child, `${path}/`)));
    }
  }
}
