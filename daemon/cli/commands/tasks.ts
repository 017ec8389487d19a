import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import { type Task, type TaskFields, taskPriority, taskStatus } from "../../protocol/entity.ts";
import type { Context } from "../context.ts";
import { droppedOption, type EntityListOptions, listEntities } from "../entity-list.ts";
import { explain } from "../help.ts";
import { allOption, choiceOption, limitOption, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { findProjectId, readProjectNames } from "../project-name.ts";
import { formatTable, summarizeSources } from "../table.ts";
import { CALL } from "../../core/call.ts";

/** `tasks`, which lists, and `tasks add`, `edit` and `done`. */
export function registerTasks(program: Command, context: Context): void {
  const tasks = program
    .command("tasks")
    .summary("List the open tasks; add, edit or finish one")
    .description("List the open tasks and the files they come from")
    .addOption(limitOption())
    .addOption(allOption("show all, including done and cancelled ones"))
    .addOption(droppedOption())
    .action(async (options: EntityListOptions) => {
      const client = await connect(context.paths, context.signal);
      const page = await listEntities(client, "task", "open", options);
      const projects = await readProjectNames(client, page.items);
      context.output.show(page, (shown, screen) =>
        renderList(shown, screen, "No tasks.", (items) => renderTasks(items, projects, screen)),
      );
    });
  explain(tasks, {
    examples: [
      ["tasks", "the newest 50 open tasks"],
      ["tasks --all --json", "every task with its fields and sources"],
      ["tasks --dropped", "the open tasks that are no longer in their file"],
    ],
  });
  registerAdd(tasks, context);
  registerEdit(tasks, context);
  registerDone(tasks, context);
}

function registerAdd(tasks: Command, context: Context): void {
  const command = withFields(tasks.command("add"))
    .description("Add a task of your own")
    .argument("<title>", "what to do")
    .action(async (title: string, options: FieldOptions) => {
      const client = await connect(context.paths, context.signal);
      const fields = { title, ...(await toFields(client, options)) };
      showTask(await client.createEntity("task", fields), "Added", context);
    });
  explain(command, {
    examples: [
      ['tasks add "Call Anna"', "a task without a date"],
      ['tasks add "Call Anna" --due 2026-12-01 --project Garden', "in a project, by its name"],
    ],
  });
}

function registerEdit(tasks: Command, context: Context): void {
  const command = withFields(tasks.command("edit"))
    .description("Change a task; agents then leave these fields alone")
    .argument("<id>", "id of a task")
    .option("--title <text>", "what to do")
    .addOption(choiceOption("--status <status>", "its status", taskStatus.options))
    .action(async (id: string, options: FieldOptions) => {
      const client = await connect(context.paths, context.signal);
      const fields = await toFields(client, options);
      if (Object.keys(fields).length === 0) {
        throw new RunnerError("invalid_request", "Expected at least one field to change.", {
          hint: `List the fields with \`${CALL} tasks edit --help\`.`,
        });
      }
      showTask(await client.editEntity("task", id, fields), "Changed", context);
    });
  explain(command, {
    examples: [
      ["tasks edit task_0gfy5h9p1v9aa8hx5vna --due none", "remove its due date"],
      ["tasks edit task_0gfy5h9p1v9aa8hx5vna --status cancelled", "cancel it"],
    ],
  });
}

function registerDone(tasks: Command, context: Context): void {
  const command = tasks
    .command("done")
    .description("Mark a task as done")
    .argument("<id>", "id of a task")
    .action(async (id: string) => {
      const client = await connect(context.paths, context.signal);
      showTask(await client.editEntity("task", id, { status: "done" }), "Done", context);
    });
  explain(command, {
    examples: [
      ["tasks done task_0gfy5h9p1v9aa8hx5vna", "it stays done, whatever its file says"],
      ["tasks", "list the open tasks with their ids"],
    ],
  });
}

function showTask(task: Task, verb: string, { output }: Context): void {
  output.show(task, ({ id, title }) => [`${verb} ${id}: ${title}`]);
}

interface FieldOptions {
  title?: string;
  description?: string;
  status?: TaskFields["status"];
  priority?: TaskFields["priority"];
  due?: string;
  project?: string;
}

function withFields(command: Command): Command {
  return command
    .option("--description <text>", "details")
    .addOption(choiceOption("--priority <priority>", "its priority", taskPriority.options))
    .option("--due <date>", "YYYY-MM-DD, or none")
    .option("--project <project>", "name or id of a project, or none");
}

async function toFields(client: Client, options: FieldOptions): Promise<Partial<TaskFields>> {
  const { due, project, ...fields } = options;
  return {
    ...fields,
    ...(due !== undefined && { due_date: due === "none" ? null : due }),
    ...(project !== undefined && { project_id: await findProjectId(client, project) }),
  };
}

function renderTasks(
  tasks: readonly Task[],
  projects: ReadonlyMap<string, string>,
  screen: Screen,
): string[] {
  return formatTable(
    [
      { title: "task", cut: "never" },
      { title: "title" },
      { title: "status" },
      { title: "due", cut: "never" },
      { title: "project", spare: true },
      { title: "source", cut: "start", spare: true },
    ],
    tasks.map((task) => [
      task.id,
      task.title,
      task.in_file ? task.status : `${task.status} (not in file)`,
      task.due_date ?? "-",
      projects.get(task.project_id ?? "") ?? "-",
      summarizeSources(task.sources),
    ]),
    screen.width,
  );
}
