/** One file of the page as it goes out. */
export interface PageFile {
  body: Uint8Array;
  media_type: string;
}

/** The built page, as the door sees it. */
export interface PageFiles {
  /** Whether it is there; else what a person can do about it, or that it is being built. */
  state(): { is: "ready" } | { is: "building" } | { is: "missing"; reason: string };
  /** The document that every address of the page answers with. */
  document(): Promise<Uint8Array>;
  /** A script, style or picture by its name; undefined: there is none. */
  findAsset(name: string): Promise<PageFile | undefined>;
}
