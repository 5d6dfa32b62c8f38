const tool = hostedMcpTool({ serverUrl, requireApproval: "never" });
