/** Put in by the build: where the script of the coding workers lies. */
declare const BILDBOTE_CODING: string;
