import { Client } from "@modelcontextprotocol/sdk/client";
async function agent(client) {
  const offered = await client.listTools();
  return new Agent({ tools: offered.tools.filter((tool) => allowed.has(tool.name)) });
}
