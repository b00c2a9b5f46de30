/** Put in by the build: where the workers and the report reader lie, and the version. */
declare const BILDBOTE_WORKER: string;
declare const BILDBOTE_PICTURES: string;
declare const BILDBOTE_READER: string;
declare const BILDBOTE_READER_FOLDER: string;
declare const BILDBOTE_VERSION: string;

declare module '*.css';
