import type { CompletedOption, Place } from "./place.ts";

/** The completion script for fish 3. */
export function toFish(places: readonly Place[]): string {
  const inner = places.filter(({ place }) => place !== "").map(({ place }) => quote(place));
  return `# Completion of agent-runner in fish.
function __agent_runner_at
  set -l place ''
  set -l typed (commandline -opc)
  for word in $typed[2..-1]
    switch "$place/$word"
      case ${inner.join(" ")}
        set place "$place/$word"
    end
  end
  test "$place" = "$argv[1]"
end
complete -c agent-runner -f
${places.flatMap(toLines).join("\n")}
`;
}

function toLines(one: Place): string[] {
  const at = `complete -c agent-runner -n ${quote(`__agent_runner_at ${quote(one.place)}`)}`;
  return [
    ...one.commands.map(({ name, purpose }) => `${at} -a ${quote(name)} -d ${quote(purpose)}`),
    ...(one.words.length > 0 ? [`${at} -a ${quote(one.words.join(" "))}`] : []),
    ...(one.takesPath ? [`${at} -F`] : []),
    ...one.options.map(
      (option) =>
        `${at} -l ${option.flag.replace(/^--/u, "")} -d ${quote(option.purpose)}${complete(option)}`,
    ),
  ];
}

function complete({ takes, words }: CompletedOption): string {
  switch (takes) {
    case "nothing":
      return "";
    case "words":
      return ` -x -a ${quote(words.join(" "))}`;
    case "path":
      return " -r -F";
    case "text":
      return " -x";
  }
}

/** In single quotes fish knows two escapes: \\' and \\\\. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/gu, "\\$&")}'`;
}
