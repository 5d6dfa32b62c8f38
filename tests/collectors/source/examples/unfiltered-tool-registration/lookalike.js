import { Client } from "@modelcontextprotocol/sdk/client";
async function show(client) {
  console.table((await client.listTools()).length);
}
