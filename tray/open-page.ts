import type { Client } from "../daemon/client/client.ts";
import {
  removeOldSignInFiles,
  removeSignInFile,
  type SignInPlaces,
  writeSignInFile,
} from "../daemon/core/sign-in-file.ts";

/** An address of the page that signs in once, within a minute. */
export interface SignIn {
  code: string;
  address: string;
}

// A code is too old before that.
const LEFT_BEHIND_MS = 120_000;

/** @param at an address within the page, e.g. `/runs` */
export async function createSignIn(client: Client, at = "/"): Promise<SignIn> {
  const { code, page_url } = await client.createSessionCode();
  // In the fragment, which a browser never sends and no server logs.
  return { code, address: `${page_url}${at}#code=${code}` };
}

/**
 * Opens the page, signed in. The opener is given a file, and no argument has the code.
 *
 * @param open opens a file; gives whether that was possible
 * @returns whether that was possible
 * @throws {RunnerError} home_unusable, home_unsafe
 */
export async function openPage(
  places: SignInPlaces,
  signIn: SignIn,
  open: (file: string) => Promise<boolean>,
): Promise<boolean> {
  removeOldSignInFiles(places, LEFT_BEHIND_MS);
  const isOpen = await open(writeSignInFile(places, signIn));
  // Otherwise a browser reads it soon, and the daemon removes it.
  if (!isOpen) removeSignInFile(places, signIn.code);
  return isOpen;
}
