/** A server behind the daemon's door, as a process of the user in its argument. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openConnections } from "../../daemon/api/connections.ts";
import { openSocketOwners } from "../../daemon/api/socket-owner.ts";

const uid = Number(process.argv[2]);
process.setgroups?.([]);
process.setgid?.(uid);
process.setuid?.(uid);

const asked: string[] = [];
const server = createServer((message, response) => {
  asked.push(message.url ?? "");
  response.end("served");
});
openConnections({ owners: openSocketOwners(), uid }).guard(server);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on("message", () => process.send?.({ asked }));
process.on("disconnect", () => process.exit());
