import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

/** A listener whose queue is full: a further connection hangs in its handshake, as with a machine that is not there. */
export async function startFullListener(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const program = `
    const net = require("node:net");
    const server = net.createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      process.stdout.write(String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [port]: unknown[] = await once(child.stdout, "data");
  const fillers = Array.from({ length: 8 }, () => connect(Number(port), "127.0.0.1").on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
