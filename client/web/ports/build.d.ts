/** Put in by the build: where the script of the coding workers lies. */
declare const BILDBOTE_CODING: string;
/** And that of the workers that look at pixels. */
declare const BILDBOTE_PIXELS: string;
