const tool = hostedMcpTool({ serverUrl, requireApproval: "always" });
