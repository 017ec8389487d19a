import type { Guard } from "../guard.ts";

export const guards: readonly Guard[] = [
  {
    stops: "a service that may use every part of the system",
    file: "config/service/agent-runner.service",
    code: "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n",
    without: "",
    project: "unit",
    tests: ["test/cli/service/plan.test.ts"],
  },
];
