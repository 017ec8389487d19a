import type { CompletedOption, Place } from "./place.ts";

/** The completion script for zsh 5, for a directory of $fpath or to be sourced in .zshrc. */
export function toZsh(places: readonly Place[]): string {
  const values = places.flatMap(({ place, options }) =>
    options.flatMap((option) =>
      option.takes === "nothing"
        ? []
        : [`    ${quote(`${place} ${option.flag}`)}) ${complete(option)}; return ;;`],
    ),
  );
  const offers = places.map((one) => {
    const commands = one.commands.map(({ name, purpose }) => describe(name, purpose));
    const options = one.options.map(({ flag, purpose }) => describe(flag, purpose));
    return [
      `    ${quote(one.place)})`,
      ...(commands.length > 0
        ? [`      offered=(${commands.join(" ")}); _describe -t commands command offered`]
        : []),
      ...(one.words.length > 0 ? [`      compadd -- ${one.words.join(" ")}`] : []),
      `      offered=(${options.join(" ")}); _describe -t options option offered`,
      ...(one.takesPath ? ["      _files"] : []),
      "      ;;",
    ].join("\n");
  });
  const inner = places.filter(({ place }) => place !== "").map(({ place }) => quote(place));
  return `#compdef agent-runner
# Completion of agent-runner in zsh.
_agent_runner() {
  local place='' word
  local -a offered
  for word in \${words[2,CURRENT-1]}; do
    case "$place/$word" in
      ${inner.join("|")}) place="$place/$word" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$place" in
${offers.join("\n")}
  esac
}
# In a directory of $fpath, this file is itself the function.
if [ "$funcstack[1]" = "_agent-runner" ]; then _agent_runner "$@"; else compdef _agent_runner agent-runner; fi
`;
}

function complete({ takes, words }: CompletedOption): string {
  if (takes === "words") return `compadd -- ${words.join(" ")}`;
  return takes === "path" ? "_files" : ":";
}

/** A colon ends the name in what `_describe` reads. */
function describe(name: string, purpose: string): string {
  return quote(`${name.replaceAll(":", "\\:")}:${purpose}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
