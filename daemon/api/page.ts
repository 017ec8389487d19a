/** A file of the page as it is sent. */
export interface PageFile {
  body: Uint8Array;
  media_type: string;
}

/** The built page, as the server uses it. */
export interface PageFiles {
  /** Whether the page is ready; if it is missing, why and what to do. */
  state(): { is: "ready" } | { is: "building" } | { is: "missing"; reason: string };
  /** The document for every address of the page. */
  document(): Promise<Uint8Array>;
  /** A script, style or picture by its name; undefined: no such file. */
  findAsset(name: string): Promise<PageFile | undefined>;
}
