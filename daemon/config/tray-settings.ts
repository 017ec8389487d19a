import type { Paths } from "../core/paths.ts";
import { RunnerError } from "../core/errors.ts";
import { readHomeFile } from "../core/home-file.ts";
import { configSchema, type Config } from "./schema.ts";
import { MAX_TEXT_CHARS, readYaml } from "./yaml-source.ts";
import { CALL } from "../core/call.ts";

export type TraySettings = Config["tray"];

const trayOfConfig = configSchema.pick({ tray: true }).strip();

/**
 * The `tray` section of config.yaml; the defaults if there is no config yet. The rest of the config may be invalid,
 * because the tray shows that to the user.
 *
 * @throws {RunnerError} `config_invalid` if the section cannot be read
 */
export function readTraySettings({ config }: Pick<Paths, "config">): TraySettings {
  const source = readYaml(readText(config));
  if (source.faults !== null) throw invalid(config, "it is not valid YAML");
  const result = trayOfConfig.safeParse(source.value ?? {});
  if (!result.success) throw invalid(config, "its section `tray` is not valid");
  return result.data.tray;
}

function readText(file: string): string {
  try {
    return readHomeFile(file, MAX_TEXT_CHARS).bytes.toString("utf8");
  } catch {
    return "";
  }
}

function invalid(file: string, what: string): RunnerError {
  return new RunnerError("config_invalid", `The tray cannot read ${file}: ${what}.`, {
    hint: `Find the line with \`${CALL} config check\`.`,
  });
}
