import { readFileSync } from "node:fs";
import type { Paths } from "../core/paths.ts";
import { RunnerError } from "../core/errors.ts";
import { configSchema, type Config } from "./schema.ts";
import { readYaml } from "./yaml-source.ts";
import { CALL } from "../core/call.ts";

export type TraySettings = Config["tray"];

const trayOfConfig = configSchema.pick({ tray: true }).strip();

/**
 * What config.yaml says of the tray, the defaults where there is none yet. The rest of the config may be
 * wrong meanwhile: the tray is where its owner learns of that.
 *
 * @throws {RunnerError} `config_invalid` where its section cannot be read
 */
export function readTraySettings({ config }: Pick<Paths, "config">): TraySettings {
  const source = readYaml(readText(config));
  if (source.faults !== null) throw invalid(config, "it is not YAML that can be read");
  const result = trayOfConfig.safeParse(source.value ?? {});
  if (!result.success) throw invalid(config, "its section `tray` is not valid");
  return result.data.tray;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function invalid(file: string, what: string): RunnerError {
  return new RunnerError("config_invalid", `${file}: ${what}`, {
    hint: `\`${CALL} status\` says at which line.`,
  });
}
