/*
 * Values that the examples in the API's description share. Each example is beside its schema, in `meta`.
 */
export const RUN_ID = "run_0mch5y3k7t2w";
export const FILE_ID = "file_0mch5y3k9a1d";
export const PATH = "/home/ada/Documents/Inbox/minutes.md";
export const AT = "2026-11-20T10:00:00.000Z";
