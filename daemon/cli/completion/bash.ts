import type { CompletedOption, Place } from "./place.ts";

/** The completion script for bash 3.2 and newer. */
export function toBash(places: readonly Place[]): string {
  const values = places.flatMap(({ place, options }) =>
    options.flatMap((option) =>
      option.takes === "nothing" ? [] : [`      "${place} ${option.flag}") ${complete(option)} ;;`],
    ),
  );
  const words = places.map((one) => {
    const all = [
      ...one.commands.map(({ name }) => name),
      ...one.words,
      ...one.options.map(({ flag }) => flag),
    ];
    const paths = one.takesPath ? "; paths=1" : "";
    return `      "${one.place}") words="${all.join(" ")}"${paths} ;;`;
  });
  const inner = places.filter(({ place }) => place !== "").map(({ place }) => `"${place}"`);
  return `# Completion of agent-runner in bash.
_agent_runner() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local place="" words="" paths="" i
  # Bash splits "--state=done" into three words.
  if [ "$current" = "=" ]; then current=""; elif [ "$before" = "=" ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place/\${COMP_WORDS[i]}" in
      ${inner.join("|")}) place="$place/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place $before" in
${values.join("\n")}
    *)
    case "$place" in
${words.join("\n")}
    esac ;;
  esac
  COMPREPLY=()
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
  if [ -n "$paths" ]; then
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  fi
  return 0
}
complete -F _agent_runner agent-runner
`;
}

function complete({ takes, words }: CompletedOption): string {
  if (takes === "words") return `words="${words.join(" ")}"`;
  return takes === "path" ? "paths=1" : ":";
}
