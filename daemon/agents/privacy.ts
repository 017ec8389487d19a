import type { Sends } from "../core/sends.ts";
import { isWithin } from "../core/within.ts";
import type { Journal } from "../journal/open.ts";
import { type FilePlace, listPlaces, type Place, savePlaces } from "../journal/places.ts";
import type { Agent } from "../protocol/agent.ts";

/*
 * To whom what came from a file may be sent, by the directories that the config has and those that the journal knows.
 * Every agent's word counts for what is below its directory, so that no other agent sends it. What is in force is
 * written before any file is judged by it; a crash costs nothing.
 */

/** What a place says, and where it says it. */
export interface Saying {
  sends: Sends;
  /** The directory that says so; null: the top level of the config. */
  directory: string | null;
}

/** What the top level of the config says. */
interface General {
  sends: Sends;
  fallback?: "rules";
}

export interface Privacy {
  /** What is said of a file: all of it has to allow what is done with it. */
  of(file: Omit<FilePlace, "file_id">): readonly Saying[];
  /** Whether the built-in rules read a file that may not be sent to its agent's model. */
  hasFallback(file: Omit<FilePlace, "file_id">): boolean;
  /** Nothing is restricted anywhere. */
  isOpen(): boolean;
  /** Puts settings in force. */
  update(general: General, of: readonly { agent: Agent }[]): void;
}

interface NamedPlace extends Place {
  fallback: "rules" | undefined;
}

export function createPrivacy(journal: Journal): Privacy {
  let general: General = { sends: "never" };
  let present: readonly NamedPlace[] = [];
  let left: readonly Place[] = [];
  let isOpen = false;

  return {
    of: (file) => listSayings(file, { general: general.sends, present, left }),
    hasFallback(file) {
      const own = findOwn(file, present);
      return (own?.fallback ?? general.fallback) === "rules";
    },
    isOpen: () => isOpen,
    update(next, of) {
      general = next;
      present = of.flatMap(({ agent: { id, directories } }) =>
        directories.map(({ path, sends, fallback }) => ({
          agent_id: id,
          path,
          sends: sends ?? next.sends,
          is_explicit: sends !== undefined,
          fallback,
        })),
      );
      journal.transaction(() => savePlaces(journal, present));
      left = listPlaces(journal).filter(
        ({ agent_id, path }) =>
          !present.some((place) => place.agent_id === agent_id && place.path === path),
      );
      isOpen = [general, ...present, ...left].every(({ sends }) => sends === "any");
    },
  };
}

function listSayings(
  file: Omit<FilePlace, "file_id">,
  {
    general,
    present,
    left,
  }: { general: Sends; present: readonly NamedPlace[]; left: readonly Place[] },
): Saying[] {
  const topLevel = { sends: general, directory: null };
  const own =
    findOwn(file, present) ??
    left.find(({ agent_id, path }) => agent_id === file.agent_id && path === file.root);
  const isPresent = own !== undefined && "fallback" in own;
  const others = present.filter(
    (place) =>
      place.agent_id !== file.agent_id &&
      place.is_explicit &&
      isWithin(place.path, file.path) &&
      // What its own directory says of itself outranks what another agent says of it, or above it.
      !(own?.is_explicit === true && isWithin(place.path, own.path)),
  );
  const said = ({ sends, path }: Place): Saying => ({ sends, directory: path });
  return [
    own === undefined || (!own.is_explicit && isPresent) ? topLevel : said(own),
    // Of a directory that left the config without a word of its own, the top level may say more by now.
    ...(own !== undefined && !own.is_explicit && !isPresent ? [topLevel] : []),
    ...others.map(said),
  ];
}

/** The deepest directory of the file's agent that it is in. */
function findOwn(
  { agent_id, path }: Omit<FilePlace, "file_id">,
  places: readonly NamedPlace[],
): NamedPlace | undefined {
  return places
    .filter((place) => place.agent_id === agent_id && isWithin(place.path, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
}
